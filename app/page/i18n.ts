/** The shell's texts in the visitor's language. Task texts come with the task, in both languages. */

import type { Localized } from "../shared/site";
import { base, site } from "./app_runtime";
import { readSetting } from "./settings";

let texts: Record<string, string> = {};

export async function loadTexts(): Promise<void> {
  const language = readSetting("language");
  const response = await fetch(new URL(site.urls.locales[language]!, base));
  texts = (await response.json()) as Record<string, string>;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
}

/** The text for a key, `{name}` replaced by the values; the key itself shows a missing text at once. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export function localized(text: Localized): string {
  return text[readSetting("language")] || text.en;
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
}
