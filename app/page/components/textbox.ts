/** Text: one line or many, by typing, pasting, or opening a text file. As an output, plain text. */

import type { ComponentInfo } from "../../shared/site";
import { wellFormed } from "../../shared/text";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent, OutputComponent } from "./component";

/** Typing counts as complete after this pause. */
const PAUSE = 350;

export class Textbox implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  readonly optional: boolean;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly field: HTMLTextAreaElement | HTMLInputElement;
  private readonly note = h("span", { class: "note count" });
  private readonly limit: number;
  /** White space alone is nothing, too. */
  private readonly required: boolean;
  private timer = 0;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.optional = info["aside"] === true;
    this.required = info["required"] !== false;
    this.limit = Number(info["max_length"] ?? 0);
    const many = Number(info["lines"] ?? 1) > 1;
    const id = `input-${info.name}`;
    const attributes = { id, class: "text", spellcheck: "true", placeholder: placeholder(info) };
    this.field = many ? h("textarea", { ...attributes, rows: info["lines"] }) : h("input", { ...attributes, type: "text", autocomplete: "off" });
    this.field.addEventListener("input", () => this.changed());
    this.element = h("div", { class: many ? "field many" : "field" },
      h("label", { class: "label", for: id }, localized(info.label)), this.field,
      many && h("div", { class: "tools" },
        info["openable"] !== false && h("button", { type: "button", class: "tool", onclick: () => this.open() }, icon(...ICONS.upload), t("textbox.open")), this.note));
    if (many && info["openable"] !== false) {
      this.field.addEventListener("dragover", (event) => event.preventDefault());
      this.field.addEventListener("drop", (event) => {
        const file = (event as DragEvent).dataTransfer?.files[0];
        if (!file) return;
        event.preventDefault();
        void this.read(file);
      });
    }
    this.count();
  }

  payload(): unknown {
    const { value } = this.field;
    return (this.required ? value.trim() : value) === "" ? null : wellFormed(value);
  }

  draft(): unknown {
    return this.field.value;
  }

  show(value: unknown): void {
    this.field.value = typeof value === "string" ? value : "";
    this.count();
  }

  /** `start` and `end` count characters (code points) as Python does; a field counts UTF-16 units. */
  highlight(start: number, end: number): void {
    const { value } = this.field;
    const from = utf16Offset(value, start);
    const to = from + utf16Offset(value.slice(from), end - start);
    this.field.focus();
    this.field.setSelectionRange(from, to);
    if (!(this.field instanceof HTMLTextAreaElement)) return;
    // Scroll in proportion; the browser only scrolls to a selection while typing.
    this.field.scrollTop = Math.max(0, (from / Math.max(1, value.length)) * this.field.scrollHeight - this.field.clientHeight / 3);
  }

  private changed(): void {
    this.count();
    this.onchange(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onchange(true), PAUSE);
  }

  private count(): void {
    if (!this.limit) return;
    const count = characters(this.field.value);
    this.note.textContent = t("textbox.count", { count: count.toLocaleString(), limit: this.limit.toLocaleString() });
    this.note.classList.toggle("over", count > this.limit);
  }

  private open(): void {
    const input = h("input", { type: "file", accept: ".txt,.md,text/plain,text/markdown" });
    input.addEventListener("change", () => input.files?.[0] && void this.read(input.files[0]));
    input.click();
  }

  private async read(file: File): Promise<void> {
    try {
      this.field.value = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      this.changed();
    } catch {
      this.note.textContent = t("textbox.binary", { name: file.name });
      this.note.classList.add("over");
    }
  }
}

export class TextOutput implements OutputComponent {
  readonly element = h("p", { class: "text-output", "aria-live": "polite" });

  show(payload: unknown): void {
    this.element.textContent = String(payload);
  }

  clear(): void {
    this.element.textContent = "";
  }
}

/** Characters (code points), as Python's limit counts them. */
function characters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

function utf16Offset(text: string, codePoints: number): number {
  let units = 0;
  for (let seen = 0; seen < codePoints && units < text.length; seen++) {
    units += text.codePointAt(units)! > 0xffff ? 2 : 1;
  }
  return units;
}

function placeholder(info: ComponentInfo): string | undefined {
  const text = info["placeholder"];
  return text ? (typeof text === "string" ? text : localized(text as ComponentInfo["label"])) : undefined;
}
