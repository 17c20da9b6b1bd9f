/** Classes with their probabilities as bars, the best one large. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { t } from "../i18n";
import type { OutputComponent } from "./component";

interface Label {
  label: string;
  confidences: { label: string; score: number }[];
}

export class LabelOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly answer = h("p", { class: "answer", "aria-hidden": "true" }, "–");
  /** Read aloud as one sentence, instead of a number that changes. */
  private readonly spoken = h("p", { class: "visually-hidden", "aria-live": "polite" });
  private readonly bars = h("ol", { class: "bars" });
  private rows = new Map<string, { fill: HTMLElement; value: HTMLElement; row: HTMLElement }>();

  constructor(info: ComponentInfo) {
    this.element = h("div", { class: "label-output" }, this.answer, this.spoken, this.bars);
    for (const label of (info["labels"] as string[] | undefined) ?? []) this.row(label);
  }

  show(payload: unknown): void {
    const { label, confidences } = payload as Label;
    const best = confidences.find((entry) => entry.label === label)?.score ?? 0;
    this.answer.textContent = label;
    this.spoken.textContent = t("label.answer", { label, percent: Math.round(best * 100) });
    for (const { label: name, score } of confidences) {
      const { fill, value, row } = this.row(name);
      fill.style.transform = `scaleX(${score})`;
      value.textContent = `${(score * 100).toFixed(1)} %`;
      row.classList.toggle("best", name === label);
    }
  }

  clear(): void {
    this.answer.textContent = "–";
    this.spoken.textContent = "";
    for (const { fill, value, row } of this.rows.values()) {
      fill.style.transform = "scaleX(0)";
      value.textContent = "";
      row.classList.remove("best");
    }
  }

  private row(label: string) {
    const known = this.rows.get(label);
    if (known) return known;
    const fill = h("span", { class: "bar-fill" });
    const value = h("span", { class: "bar-value" });
    const row = h("li", { class: "bar" }, h("span", { class: "bar-label" }, label), h("span", { class: "bar-track" }, fill), value);
    this.bars.append(row);
    const entry = { fill, value, row };
    this.rows.set(label, entry);
    return entry;
  }
}
