/** An answer that a small model composed from passages: each sentence with the passage that it rests on, or without. */

import type { ComponentInfo } from "../../shared/site";
import { neededFiles } from "../../shared/store/presence";
import { site } from "../app_runtime";
import { copyButton } from "../copy_button";
import { h } from "../dom";
import { megabytes, t } from "../i18n";

export interface Cited {
  answer: number;
  lead: string;
  sentence: string;
  rest: string;
}

export interface InWords {
  /** `place` is absent where a sentence is like nothing in the passages. */
  sentences: { text: string; place?: Cited | null }[];
  model: string;
  passages: number;
  done: boolean;
}

export class AnswerInWords {
  readonly element = h("section", { class: "in-words", hidden: true });
  private readonly ask: HTMLButtonElement;
  private readonly about: HTMLElement;
  private readonly text = h("p", { class: "in-words-text", role: "status" });
  private readonly made = h("p", { class: "note" });
  private readonly tools = h("div", { class: "tools" }, copyButton(t("answers.copy"), () => this.plain));
  private plain = "";

  /** `onask`: the visitor wants an answer in words; `onplace`: wants to see what a sentence rests on. */
  constructor(private readonly composer: string | null, onask: () => void, private readonly onplace: (place: Cited) => void) {
    this.ask = h("button", { type: "button", class: "secondary", onclick: onask }, t("in_words.ask"));
    this.about = h("span", { class: "note" }, composer === null ? "" : t("in_words.about", { model: composer, size: sizeOf(composer) }));
    this.element.append(h("div", { class: "in-words-ask" }, this.ask, this.about), this.text, this.made, this.tools);
  }

  static of(info: ComponentInfo, onask: () => void, onplace: (place: Cited) => void): AnswerInWords {
    return new AnswerInWords((info["composer"] as string | null | undefined) ?? null, onask, onplace);
  }

  /** Undefined: there are passages and no such answer yet. */
  show(value: InWords | undefined): void {
    this.element.hidden = this.composer === null;
    this.ask.parentElement!.hidden = value !== undefined;
    this.text.hidden = this.made.hidden = value === undefined;
    this.tools.hidden = !value?.done;
    this.plain = value ? value.sentences.map(({ text, place }) => (place ? `${text} [${place.answer + 1}]` : text)).join(" ") : "";
    if (!value) return;
    const { sentences, model, passages, done } = value;
    this.text.replaceChildren(...sentences.flatMap((one) => this.sentence(one, done)));
    this.made.textContent = t(done ? "in_words.made" : "in_words.begun", { model, passages });
    this.element.dataset["state"] = done ? "done" : "writing";
  }

  clear(): void {
    this.element.hidden = true;
    delete this.element.dataset["state"];
  }

  private sentence({ text, place }: InWords["sentences"][number], done: boolean): (HTMLElement | string)[] {
    if (!done) return [text];
    if (!place) return [h("span", { class: "unsupported", title: t("in_words.unsupported") }, text, h("sup", {}, h("span", { class: "visually-hidden" }, t("in_words.unsupported")), "?")), " "];
    const cite = h("button", { type: "button", class: "cite", "aria-label": t("in_words.cite", { number: place.answer + 1 }), onclick: () => this.onplace(place) }, `[${place.answer + 1}]`);
    return [text, " ", cite, " "];
  }
}

function sizeOf(model: string): string {
  return megabytes(neededFiles(site, model, null).reduce((sum, { bytes }) => sum + bytes, 0));
}
