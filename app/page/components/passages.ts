/** Passages of a text, best first; choosing one points at it in the text. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { similarity, t } from "../i18n";
import type { OutputComponent } from "./component";

interface Passage {
  text: string;
  score: number;
  start: number;
  end: number;
}

export class PassagesOutput implements OutputComponent {
  readonly element: HTMLElement;
  onpoint: (start: number, end: number) => void = () => undefined;
  private readonly list = h("ol", { class: "passages" });
  private readonly empty = h("p", { class: "note" }, t("task.empty"));

  constructor(_info: ComponentInfo) {
    this.element = h("div", { "aria-live": "polite" }, this.empty, this.list);
  }

  show(payload: unknown): void {
    const passages = payload as Passage[];
    this.empty.hidden = passages.length > 0;
    this.empty.textContent = t("passages.none");
    this.list.replaceChildren(...passages.map((passage) => this.item(passage)));
  }

  clear(): void {
    this.list.replaceChildren();
    this.empty.textContent = t("task.empty");
    this.empty.hidden = false;
  }

  private item({ text, score, start, end }: Passage): HTMLElement {
    const fill = h("span", { class: "bar-fill" });
    fill.style.transform = `scaleX(${Math.max(0, Math.min(1, score))})`;
    const shown = similarity(score);
    return h("li", {},
      h("button", { type: "button", class: "passage", onclick: () => this.onpoint(start, end) },
        h("span", { class: "passage-text" }, text),
        h("span", { class: "passage-score", title: t("passages.score", { score: shown }) },
          h("span", { class: "bar-track" }, fill), h("span", { class: "bar-value" }, shown))));
  }
}
