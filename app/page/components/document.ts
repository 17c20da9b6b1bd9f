/** A document: a file, picked or dropped, or a text that is typed or pasted. While there is a file, the text waits. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import type { InputComponent } from "./component";
import { FileInput } from "./file";
import { Textbox } from "./textbox";

interface Shown {
  text?: string;
  file?: unknown;
}

export class DocumentInput implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly file: FileInput;
  private readonly text: Textbox;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.file = new FileInput({ ...info, name: `${info.name}-file` });
    this.text = new Textbox({ ...info, openable: false });
    // The label above the file is for both; the field keeps its own for who does not see.
    this.text.element.querySelector(".label")?.classList.add("visually-hidden");
    this.element = h("div", { class: "field document-input" }, this.file.element, this.text.element);
    this.file.onchange = (complete) => this.changed(complete);
    this.text.onchange = (complete) => this.onchange(complete);
    this.text.element.addEventListener("dragover", (event) => event.preventDefault());
    this.text.element.addEventListener("drop", (event) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      void this.file.use(file);
    });
  }

  payload(): unknown {
    const text = this.text.payload();
    return this.file.payload() ?? (text === null ? null : { text });
  }

  /** The text alone: a file is not kept across a reload. */
  draft(): unknown {
    return { text: this.text.draft() };
  }

  carry(): unknown {
    return { text: this.text.draft(), file: this.file.carry() };
  }

  /** A draft, an example, or what another view of this task carried. */
  show(value: unknown): void {
    const given = (value ?? {}) as Shown & { base64?: string };
    this.file.show(given.base64 !== undefined ? given : (given.file ?? null));
    if (given.text !== undefined) this.text.show(given.text);
    this.arrange();
  }

  private changed(complete: boolean): void {
    this.arrange();
    this.onchange(complete);
  }

  private arrange(): void {
    this.text.element.hidden = this.file.payload() !== null;
  }
}
