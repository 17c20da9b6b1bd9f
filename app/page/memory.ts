/** How much memory a model that writes will take: said before it is downloaded. */

import { dtypePath } from "../shared/session_spec";
import { textNeed } from "../shared/store/budget";
import { site } from "./app_runtime";
import { t } from "./i18n";
import { readSetting } from "./settings";

/** In words, for the device that is set; empty for what is no decoder of the site. */
export function memoryOf(model: string | null): string {
  const manifest = model === null ? undefined : site.models[model];
  const need = manifest && textNeed(site, manifest.id, dtypePath(manifest, null, readSetting("device")));
  return need ? t("memory.most", { size: (need.bytes / 1e9).toFixed(1) }) : "";
}

/** Of what the memory is the most: the model, and as long a text as it can read. */
export function memoryTitle(model: string | null): string {
  const manifest = model === null ? undefined : site.models[model];
  const need = manifest && textNeed(site, manifest.id, dtypePath(manifest, null, readSetting("device")));
  if (!need) return "";
  const key = need.tokens < need.context ? "memory.tokens.some" : "memory.tokens";
  return t(key, { tokens: need.tokens.toLocaleString(document.documentElement.lang), context: need.context.toLocaleString(document.documentElement.lang) });
}
