/** What a visitor dropped or picked: files with their paths, folders read to the bottom. */

import { errorFrom, WardianError } from "../shared/errors";
import type { GivenFile } from "../shared/messages";
import { h, icon, ICONS } from "./dom";
import { t } from "./i18n";

export interface Given {
  /** Of the folder, or of the file where there is but one. */
  name: string;
  files: GivenFile[];
}

/** A model has some dozens. */
const MOST_FILES = 5000;

export function fromList(list: FileList): Given {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return { name: nameOf(files.map(({ path }) => path)), files };
}

/** To be called while the event is handled: afterwards its items are gone. */
export function droppedEntries(data: DataTransfer | null): FileSystemEntry[] {
  return [...(data?.items ?? [])].flatMap((item) => (item.kind === "file" ? item.webkitGetAsEntry() ?? [] : []));
}

/** Whether what was dropped is a model, and not a picture or a text for the form. */
export function isModel(entries: FileSystemEntry[]): boolean {
  return entries.some(({ isDirectory, name }) => isDirectory || /\.onnx$/i.test(name));
}

/** Rejects with an `InputError` if there are too many files, or one cannot be read. */
export async function fromEntries(entries: FileSystemEntry[]): Promise<Given> {
  const files: GivenFile[] = [];
  const waiting = [...entries];
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    const { fullPath } = entry;
    try {
      if (entry.isDirectory) waiting.push(...(await children(entry as FileSystemDirectoryEntry)));
      else files.push({ path: fullPath.replace(/^\//, ""), file: await fileOf(entry as FileSystemFileEntry) });
    } catch (error) {
      throw new WardianError({
        kind: "InputError", message: "A part of the folder cannot be read.", value: fullPath, expected: "files that this browser may read",
        received: errorFrom(error).message, hint: "Check who may read it, or give the files one by one.",
      });
    }
    if (files.length > MOST_FILES) throw tooMany();
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { name: entries.length === 1 ? entries[0]!.name : nameOf(files.map(({ path }) => path)), files };
}

function tooMany(): WardianError {
  return new WardianError({
    kind: "InputError", message: "There are too many files for a model.", expected: `at most ${MOST_FILES} files`,
    received: `more than ${MOST_FILES}`, hint: "Give the folder of the model alone.",
  });
}

/** A directory gives its entries in parts. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) return found;
    found.push(...part);
    if (found.length > MOST_FILES) throw tooMany();
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function nameOf(paths: string[]): string {
  const [first = ""] = paths;
  if (first.includes("/")) return first.slice(0, first.indexOf("/"));
  return paths.length === 1 ? first : (paths.find((path) => /\.onnx$/i.test(path)) ?? first);
}

/** Buttons that ask for a folder, or for single files where a device has no folders to pick. */
export function pickers(give: (given: Given) => void): HTMLElement {
  const pick = (folder: boolean) => {
    const input = h("input", folder ? { type: "file", webkitdirectory: true } : { type: "file", multiple: true });
    input.addEventListener("change", () => input.files && input.files.length > 0 && give(fromList(input.files)));
    input.click();
  };
  return h("span", { class: "tools" },
    h("button", { type: "button", class: "tool", onclick: () => pick(true) }, icon(...ICONS.upload), t("own.folder")),
    h("button", { type: "button", class: "tool", onclick: () => pick(false) }, icon(...ICONS.upload), t("own.files")));
}

/** Calls `give` for a model that is dropped on the element; everything else goes on to whoever takes it. */
export function acceptDrops(element: HTMLElement, give: (given: Promise<Given>) => void): void {
  element.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    const entries = droppedEntries(event.dataTransfer);
    if (!isModel(entries)) return;
    event.preventDefault();
    event.stopPropagation();
    give(fromEntries(entries));
  }, { capture: true });
}
