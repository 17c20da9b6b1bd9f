/** The few choices a visitor can make; kept on the device, and only in memory where storage is refused. */

import type { Device } from "../shared/messages";

export interface Settings {
  device: Device;
  theme: "system" | "light" | "dark";
  language: "en" | "zh";
}

const DEFAULTS: Settings = {
  device: "auto",
  theme: "system",
  language: navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en",
};

const CHOICES: { [K in keyof Settings]: readonly Settings[K][] } = {
  device: ["auto", "wasm", "webgpu"],
  theme: ["system", "light", "dark"],
  language: ["en", "zh"],
};

const memory = new Map<string, string>();

export function readSetting<K extends keyof Settings>(name: K): Settings[K] {
  const stored = read(`wardian.${name}`);
  return CHOICES[name].find((choice) => choice === stored) ?? DEFAULTS[name];
}

export function writeSetting<K extends keyof Settings>(name: K, value: Settings[K]): void {
  write(`wardian.${name}`, value);
}

/** What was typed or drawn in a task, so that a reload or a crash loses nothing. Per tab; nothing of an empty form. */
export function readDraft(task: string): Record<string, unknown> {
  try {
    return JSON.parse(sessionStorage.getItem(`wardian.draft.${task}`) ?? "{}");
  } catch {
    return {};
  }
}

export function writeDraft(task: string, draft: Record<string, unknown>): void {
  try {
    const empty = Object.values(draft).every((value) => value === null || value === "");
    if (empty) sessionStorage.removeItem(`wardian.draft.${task}`);
    else sessionStorage.setItem(`wardian.draft.${task}`, JSON.stringify(draft));
  } catch {
    // Storage refused or full: the draft lives as long as the page.
  }
}

/** An answer that visitors can change, with what they did in it: as the draft, so that a reload loses nothing. */
export function readAnswer(task: string): unknown[] | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(`wardian.answer.${task}`) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: none. */
export function writeAnswer(task: string, outputs: unknown[] | undefined): void {
  try {
    sessionStorage.removeItem(`wardian.answer.${task}`);
    if (outputs) sessionStorage.setItem(`wardian.answer.${task}`, JSON.stringify(outputs));
  } catch {
    // Storage refused, or too small for a table of many thousand rows: the answer lives as long as the page.
  }
}

/** The local id of the model of their own that a visitor chose for a task; null for the task's own. */
export function readOwnModel(task: string): string | null {
  return read(`wardian.model.${task}`) || null;
}

export function writeOwnModel(task: string, id: string | null): void {
  write(`wardian.model.${task}`, id ?? "");
}

/** What a component keeps for all its tasks, as JSON; null where there is nothing that can be read. */
export function readKept(name: string): unknown {
  try {
    return JSON.parse(read(`wardian.${name}`) ?? "null");
  } catch {
    return null;
  }
}

export function writeKept(name: string, value: unknown): void {
  write(`wardian.${name}`, JSON.stringify(value));
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

function write(key: string, value: string): void {
  memory.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // Kept in memory above.
  }
}
