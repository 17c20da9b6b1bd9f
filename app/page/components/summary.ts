/**
 * A summary that says who made it. Sentences taken from a document are shown together, and below in their places;
 * choosing one shows its place.
 */

import type { ComponentInfo } from "../../shared/site";
import { copyButton } from "../copy_button";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";

interface Passage {
  /** Pieces of text, each with whether it was taken. */
  pieces: [text: string, taken: boolean][];
  /** Absent where a document has no pages. */
  page?: number | null;
  heading: string;
}

interface Payload {
  by: "extract" | "chat" | "own";
  model: string;
  text: string;
  passages: Passage[];
  parts: number;
  done: boolean;
  name: string;
  pages: number;
  words: number;
}

export class SummaryOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly facts = h("p", { class: "note", role: "status" });
  private readonly made = h("p", { class: "summary-made" });
  private readonly text = h("div", { class: "summary-text" });
  private readonly tools = h("div", { class: "tools" }, copyButton(t("answers.copy"), () => this.copied()));
  private readonly places: HTMLElement;
  private payload: Payload | undefined;

  constructor(info: ComponentInfo) {
    this.places = h("ol", { class: "answers", "aria-label": t("summary.places") });
    this.text.setAttribute("aria-label", localized(info.label));
    this.text.setAttribute("role", "group");
    this.element = h("div", { class: "summary-output" }, this.facts, this.made, this.text, this.tools, this.places);
    this.clear();
  }

  show(value: unknown): void {
    const payload = (this.payload = value as Payload);
    const { by, model, name, pages, words, parts, passages, text, done } = payload;
    this.facts.textContent = [name, pages ? t("answers.pages", { pages }) : "", t("summary.words", { words: words.toLocaleString() })].filter(Boolean).join(" · ");
    const how = t(`summary.by.${by}`, { model });
    this.made.textContent = parts > 1 ? `${how} ${t("summary.parts", { parts })}` : how;
    const taken = passages.flatMap(({ pieces }, index) => pieces.filter(([, is]) => is).map(([piece]): [string, number] => [piece, index]));
    if (by === "extract") this.text.replaceChildren(...taken.flatMap(([piece, index], number) => [this.sentence(piece, index, number, taken), " "]));
    else this.text.textContent = text;
    this.text.hidden = by !== "extract" && text === "";
    this.tools.hidden = this.copied() === "";
    this.places.replaceChildren(...passages.map((passage, index) => place(passage, index)));
    this.element.dataset["state"] = done ? "done" : "writing";
  }

  clear(): void {
    this.payload = undefined;
    this.facts.textContent = t("summary.empty");
    this.made.textContent = this.text.textContent = "";
    this.tools.hidden = true;
    this.places.replaceChildren();
    delete this.element.dataset["state"];
  }

  private copied(): string {
    if (!this.payload) return "";
    const { by, text, passages } = this.payload;
    return by === "extract" ? passages.flatMap(({ pieces }) => pieces.filter(([, taken]) => taken).map(([piece]) => piece)).join(" ") : text;
  }

  /** A sentence; choosing it shows where it stands. */
  private sentence(text: string, index: number, number: number, all: [string, number][]): HTMLElement {
    const before = all.slice(0, number).filter(([, other]) => other === index).length;
    return h("button", { type: "button", class: "summary-sentence", title: t("summary.show"), onclick: () => {
      const mark = this.places.children[index]?.querySelectorAll("mark")[before];
      mark?.scrollIntoView({ block: "center", behavior: "smooth" });
      mark?.focus({ preventScroll: true });
    } }, text);
  }
}

/** A passage with its sentences marked. */
function place({ pieces, page, heading }: Passage, index: number): HTMLElement {
  const where = [page ? t("answers.page", { page }) : "", heading].filter(Boolean).join(" · ");
  return h("li", { class: "answer-item" }, h("p", { class: "answer-place" }, where || t("answers.number", { number: index + 1 })),
    h("p", { class: "answer-text" }, ...pieces.map(([text, taken]) => (taken ? h("mark", { tabindex: -1 }, text) : text))));
}
