/** Where a file is dropped: with a button to pick one, a button to take it away, and a line for what came of it. */

import { h, icon, ICONS } from "../dom";
import { droppedEntries } from "../given_files";
import { t } from "../i18n";

interface Texts {
  choose: string;
  remove: string;
  hint: string;
}

interface Handlers {
  use(file: File): void;
  /** What was given is no file. */
  refuse(reason: string): void;
  remove(): void;
}

export class DropPlace {
  readonly element: HTMLElement;
  readonly note = h("p", { class: "note", role: "status" });
  private readonly removeButton: HTMLButtonElement;

  /** `accept` is what the browser's own dialogue offers first. */
  constructor(id: string, texts: Texts, private readonly handlers: Handlers, private readonly accept?: string) {
    this.removeButton = h("button", { type: "button", class: "tool", hidden: true, onclick: () => handlers.remove() }, icon(...ICONS.clear), texts.remove);
    this.element = h("div", { class: "drop-place" }, h("div", { class: "tools" },
      h("button", { type: "button", class: "tool", id, onclick: () => this.pick() }, icon(...ICONS.upload), texts.choose), this.removeButton),
      h("p", { class: "note" }, texts.hint));
  }

  set removable(is: boolean) {
    this.removeButton.hidden = !is;
  }

  say(text: string, wrong = false): void {
    this.note.textContent = text;
    this.note.classList.toggle("over", wrong);
  }

  /** Files may be dropped anywhere on an element around this one. */
  takeDrops(around: HTMLElement): void {
    const over = (is: boolean) => this.element.classList.toggle("over", is);
    around.addEventListener("dragover", (event) => {
      event.preventDefault();
      over(true);
    });
    around.addEventListener("dragleave", () => over(false));
    around.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      const folder = droppedEntries(event.dataTransfer).find(({ isDirectory }) => isDirectory);
      const file = event.dataTransfer?.files[0];
      if (folder) this.handlers.refuse(t("file.folder", { name: folder.name }));
      else if (file) this.handlers.use(file);
    });
  }

  private pick(): void {
    const input = h("input", { type: "file", accept: this.accept });
    input.addEventListener("change", () => input.files?.[0] && this.handlers.use(input.files[0]));
    input.click();
  }
}
