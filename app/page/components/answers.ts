/** Passages that answer, each with its place, its answering sentence marked, and what stands around it on demand. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, similarity, t } from "../i18n";
import { AnswerInWords, type Cited, type InWords } from "./answer_in_words";
import type { OutputComponent } from "./component";

interface Answer {
  lead: string;
  sentence: string;
  rest: string;
  score: number;
  /** Absent where a document has no pages. */
  page?: number | null;
  heading: string;
  before: string;
  after: string;
}

interface Payload {
  answers: Answer[];
  name: string;
  pages: number;
  passages: number;
  /** Absent where none was asked for. */
  in_words?: InWords | null;
}

/** How long a button says that it has copied, in milliseconds. */
const SAID = 1500;

export class AnswersOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly summary = h("p", { class: "note", role: "status" });
  private readonly list: HTMLElement;
  private readonly inWords: AnswerInWords;
  /** The answers that are drawn: an answer in words grows above them, and leaves them as they are. */
  private drawn = "";
  onact: (action: never) => void = () => undefined;

  constructor(info: ComponentInfo) {
    this.inWords = AnswerInWords.of(info, () => this.onact(true as never), (place) => this.point(place));
    this.list = h("ol", { class: "answers", "aria-label": localized(info.label) });
    this.element = h("div", { class: "answers-output" }, this.summary, this.inWords.element, this.list);
    this.clear();
  }

  show(payload: unknown): void {
    const { answers, name, pages, passages, in_words } = payload as Payload;
    this.summary.textContent = [name, pages ? t("answers.pages", { pages }) : "", t("answers.passages", { passages })].filter(Boolean).join(" · ");
    if (answers.length > 0) this.inWords.show(in_words ?? undefined);
    else this.inWords.clear();
    const drawn = JSON.stringify(answers);
    if (drawn !== this.drawn) this.list.replaceChildren(...answers.map((answer, index) => this.item(answer, index)));
    this.drawn = drawn;
  }

  clear(): void {
    this.summary.textContent = t("answers.empty");
    this.inWords.clear();
    this.drawn = "";
    this.list.replaceChildren();
  }

  /** Shows what a sentence of an answer in words rests on. */
  private point({ answer, lead, sentence, rest }: Cited): void {
    const text = this.list.children[answer]?.querySelector<HTMLElement>(".answer-text:not(.neighbour)");
    if (!text) return;
    const mark = h("mark", { class: "cited", tabindex: -1 }, sentence);
    text.replaceChildren(lead, mark, rest);
    mark.scrollIntoView({ block: "center", behavior: "smooth" });
    mark.focus({ preventScroll: true });
  }

  private item(answer: Answer, index: number): HTMLElement {
    const { lead, sentence, rest, score, before, after } = answer;
    const above = neighbour(before, "before"), below = neighbour(after, "after");
    const body = h("p", { class: "answer-text" }, lead, h("mark", {}, sentence), rest);
    const around = h("button", { type: "button", class: "tool", "aria-expanded": "false" }, t("answers.around"));
    around.addEventListener("click", () => {
      const open = above.hidden;
      above.hidden = below.hidden = !open;
      around.setAttribute("aria-expanded", String(open));
      around.textContent = t(open ? "answers.alone" : "answers.around");
    });
    const copy = h("button", { type: "button", class: "tool" }, t("answers.copy"));
    copy.addEventListener("click", () => void copied(copy, [lead + sentence + rest, place(answer)].filter(Boolean).join("\n\n")));
    return h("li", { class: index === 0 ? "answer-item best" : "answer-item" },
      h("p", { class: "answer-place" }, h("span", {}, place(answer) || t("answers.number", { number: index + 1 })),
        h("span", { class: "answer-score", title: t("answers.score") }, similarity(score))),
      above, body, below,
      h("div", { class: "tools" }, (before || after) && around, copy));
  }
}

function neighbour(text: string, side: "before" | "after"): HTMLElement {
  return h("p", { class: `answer-text neighbour ${side}`, hidden: true }, text);
}

/** "Page 12 · Chapter › Section", as far as the document has them. */
function place({ page, heading }: Answer): string {
  return [page ? t("answers.page", { page }) : "", heading].filter(Boolean).join(" · ");
}

async function copied(button: HTMLButtonElement, text: string): Promise<void> {
  const said = await navigator.clipboard.writeText(text).then(() => "answers.copied", () => "answers.not_copied");
  button.textContent = t(said);
  setTimeout(() => (button.textContent = t("answers.copy")), SAID);
}
