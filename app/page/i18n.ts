/** The shell's texts in the visitor's language. Task texts come with the task, in both languages. */

import type { Localized } from "../shared/site";
import { base, site } from "./app_runtime";
import { type Phrases, translated } from "./phrases";
import { filledIn } from "./placeholders";
import { readSetting } from "./settings";

let texts: Record<string, string> = {};
/** Of errors; English ones are in the errors themselves. */
let phrases: Phrases = {};

/** The other language's texts are better than none. */
export async function loadTexts(): Promise<void> {
  const wanted = readSetting("language");
  const found = await fetchTexts(wanted).catch(() => fetchTexts(wanted === "zh" ? "en" : "zh"));
  texts = found.texts;
  phrases = found.phrases;
  document.documentElement.lang = found.language === "zh" ? "zh-Hans" : "en";
}

async function fetchTexts(language: "en" | "zh"): Promise<{ language: string; texts: Record<string, string>; phrases: Phrases }> {
  const others = `phrases-${language}` in site.urls.locales ? fetchLocale(`phrases-${language}`).catch(() => ({})) : {};
  return { language, texts: await fetchLocale(language), phrases: await others };
}

async function fetchLocale(name: string): Promise<Record<string, string>> {
  const path = site.urls.locales[name]!;
  const integrity = site.integrity[path] ?? "";
  const url = new URL(path, base);
  // The second time past the HTTP cache, which may have a spoilt copy.
  const response = await fetch(url, { integrity }).catch(() => fetch(url, { integrity, cache: "reload" }));
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return (await response.json()) as Record<string, string>;
}

/** The text for a key, filled in with the values; the key itself shows a missing text at once. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  return filledIn(texts[key] ?? key, values);
}

/** What an error says, in the visitor's language where there is a phrase for it. */
export function said(text: string): string {
  return translated(text, phrases);
}

export function localized(text: Localized): string {
  return text[readSetting("language")] || text.en;
}

/** Of two texts; what rounds to nothing has no sign. */
export function similarity(score: number): string {
  return score.toFixed(2).replace(/^-0\.00$/, "0.00");
}

/** With its unit: kB below a tenth of a megabyte. */
export function fileSize(bytes: number): string {
  return bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${megabytes(bytes)} MB`;
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
}
