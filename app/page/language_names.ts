/** What languages are called in the page's language. */

import { readSetting } from "./settings";

/** In English and Chinese: browsers bring names of widely used languages, and these are not among them everywhere. */
const RARE: Readonly<Record<string, readonly [english: string, chinese: string]>> = {
  ace: ["Acehnese", "亚齐语"],
  ary: ["Moroccan Arabic", "摩洛哥阿拉伯语"],
  arz: ["Egyptian Arabic", "埃及阿拉伯语"],
  ba: ["Bashkir", "巴什基尔语"],
  bcl: ["Central Bikol", "中比科尔语"],
  crh: ["Crimean Tatar", "克里米亚鞑靼语"],
  dz: ["Dzongkha", "宗卡语"],
  ext: ["Extremaduran", "埃斯特雷马杜拉语"],
  fuv: ["Nigerian Fulfulde", "尼日利亚富拉语"],
  gcf: ["Guadeloupean Creole", "瓜德罗普克里奥尔语"],
  gcr: ["Guianese Creole", "法属圭亚那克里奥尔语"],
  grc: ["Ancient Greek", "古希腊语"],
  guw: ["Gun", "贡语"],
  hbo: ["Ancient Hebrew", "古希伯来语"],
  kab: ["Kabyle", "卡拜尔语"],
  kik: ["Kikuyu", "基库尤语"],
  lij: ["Ligurian", "利古里亚语"],
  ltg: ["Latgalian", "拉特加莱语"],
  pcm: ["Nigerian Pidgin", "尼日利亚皮钦语"],
  sdh: ["Southern Kurdish", "南库尔德语"],
  se: ["Northern Sami", "北萨米语"],
  uzs: ["Southern Uzbek", "南乌兹别克语"],
  vec: ["Venetian", "威尼斯语"],
  vo: ["Volapük", "沃拉普克语"],
  wuu: ["Wu Chinese", "吴语"],
  zxx: ["no language", "非语言内容"],
};

/** The name of a language by its ISO 639 or BCP 47 code; undefined where nobody knows one. */
export function languageName(code: string): string | undefined {
  const page = readSetting("language");
  const rare = RARE[code];
  if (rare) return rare[page === "zh" ? 1 : 0];
  try {
    return new Intl.DisplayNames([page], { type: "language", fallback: "none" }).of(code);
  } catch {
    // No code of a language, but a model's own name of one.
    return undefined;
  }
}
