/** A translation as it comes, with its paragraphs, and how far it is. */

import type { ComponentInfo } from "../../shared/site";
import { copyButton } from "../copy_button";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";

interface Payload {
  text: string;
  model: string;
  done: number;
  sentences: number;
}

export class TranslationOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly text: HTMLElement;
  private readonly made = h("p", { class: "note", role: "status" });
  private readonly tools = h("div", { class: "tools" }, copyButton(t("answers.copy"), () => this.text.textContent ?? ""));

  constructor(info: ComponentInfo) {
    this.text = h("div", { class: "translation-text", role: "group", "aria-label": localized(info.label) });
    this.element = h("div", { class: "translation-output" }, this.made, this.text, this.tools);
    this.clear();
  }

  show(payload: unknown): void {
    const { text, model, done, sentences } = payload as Payload;
    this.text.textContent = text;
    this.tools.hidden = text === "";
    const whole = done === sentences;
    // Said once, not with each sentence.
    const said = whole ? t("translation.made", { model }) : t("translation.begun", { model });
    if (this.made.textContent !== said) this.made.textContent = said;
    this.element.dataset["state"] = whole ? "done" : "writing";
  }

  clear(): void {
    this.made.textContent = t("translation.empty");
    this.text.textContent = "";
    this.tools.hidden = true;
    delete this.element.dataset["state"];
  }
}
