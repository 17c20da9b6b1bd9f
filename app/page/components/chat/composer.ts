/** Where the next message is written: Enter sends it, Shift+Enter begins a new line. The same field edits an earlier one. */

import { h } from "../../dom";
import { t } from "../../i18n";

/** Characters beyond which the field has its full height without being measured: that takes long for a megabyte. */
const TALL = 4_000;

export interface ComposerOptions {
  id: string;
  label: string;
  placeholder: string;
  limit: number;
  send: string;
  onsend: (text: string) => void;
  oninput?: () => void;
  /** The button that stops an answer, or ends editing. */
  stop: string;
  onstop: () => void;
}

export class Composer {
  readonly element: HTMLElement;
  readonly field: HTMLTextAreaElement;
  private readonly note: HTMLElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly stopButton: HTMLButtonElement;
  /** Whether both buttons are there, or one in place of the other. */
  private answering: boolean | undefined;

  constructor(private readonly options: ComposerOptions) {
    const { id, label, placeholder } = options;
    this.field = h("textarea", {
      id, class: "text composer-field", rows: 1, placeholder, "aria-label": label, "aria-describedby": `${id}-note`, enterkeyhint: "send", dir: "auto",
    });
    this.note = h("p", { class: "note count over", id: `${id}-note`, role: "status", hidden: true });
    this.sendButton = h("button", { type: "button", class: "primary", onclick: () => this.send() }, options.send);
    this.stopButton = h("button", { type: "button", class: "secondary stop", onclick: (event: MouseEvent) => this.stop(event) }, options.stop);
    this.element = h("div", { class: "composer" }, this.field, h("div", { class: "composer-buttons" }, this.stopButton, this.sendButton), this.note);
    this.field.addEventListener("input", () => {
      this.fit();
      options.oninput?.();
    });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.fit();
  }

  get text(): string {
    return this.field.value;
  }

  set text(text: string) {
    this.field.value = text;
    this.fit();
  }

  focus(): void {
    this.field.focus();
    this.field.setSelectionRange(this.text.length, this.text.length);
  }

  /** While an answer comes there is a button to stop it in place of the one that sends. */
  answers(answering: boolean): void {
    if (this.answering === answering) return;
    const focused = this.element.querySelector(".composer-buttons")!.contains(document.activeElement);
    this.answering = answering;
    this.sendButton.hidden = answering;
    this.stopButton.hidden = !answering;
    if (focused) this.field.focus();
  }

  /** The field's height follows its text, up to what the style sheet allows. */
  fit(): void {
    const { field, options } = this;
    const length = field.value.length;
    field.style.height = "auto";
    // Half a line more than measured would show a scroll bar; borders are part of the height.
    field.style.height = length > TALL ? "100vh" : `${field.scrollHeight + 2}px`;
    const over = length > options.limit && characters(field.value) > options.limit;
    this.note.hidden = !over;
    this.note.textContent = over ? t("chat.too_long", { count: characters(field.value).toLocaleString(), limit: options.limit.toLocaleString() }) : "";
    field.setAttribute("aria-invalid", String(over));
    this.sendButton.disabled = over || field.value.trim() === "";
  }

  private key(event: KeyboardEvent): void {
    // Keys of an input method are its own, also Escape.
    if (event.isComposing || event.keyCode === 229) event.stopPropagation();
    else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      this.send();
    }
  }

  private send(): void {
    if (this.answering || this.sendButton.disabled) return;
    this.options.onsend(this.text);
  }

  /** The second press of a double click on the button that sends falls on this one, which has taken its place. */
  private stop(event: MouseEvent): void {
    if (event.detail < 2) this.options.onstop();
  }
}

/** Characters (code points), as Python's limit counts them. */
function characters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
