/** Classes with their probabilities as bars, the best one large. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import { languageName } from "../language_names";
import type { OutputComponent } from "./component";

/** A language that is less likely than this is no answer. */
const UNCLEAR = 0.15;

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

  /** Without labels that are known beforehand, the rows are those of the answer. */
  private readonly fixed: boolean;
  private readonly languages: boolean;

  constructor(info: ComponentInfo) {
    const labels = (info["labels"] as string[] | undefined) ?? [];
    this.fixed = labels.length > 0;
    this.languages = Boolean(info["languages"]);
    const alone = Boolean(info["bars_only"]);
    const heading = alone ? [h("p", { class: "label" }, localized(info.label))] : [this.answer, this.spoken];
    this.element = h("div", { class: alone ? "bars-output" : this.languages ? "label-output bars-output" : "label-output" }, ...heading, this.bars);
    for (const label of labels) this.row(label);
  }

  show(payload: unknown): void {
    const { label, confidences } = payload as Label;
    if (!this.fixed) this.forget(confidences.map((entry) => entry.label));
    const best = confidences.find((entry) => entry.label === label)?.score ?? 0;
    if (confidences.length === 0) return this.clear();
    // Of 139 languages one is always the likeliest.
    const unclear = this.languages && best < UNCLEAR;
    this.answer.textContent = unclear ? t("label.unclear") : this.called(label);
    this.spoken.textContent = unclear ? t("label.unclear") : t("label.answer", { label: this.called(label), percent: Math.round(best * 100) });
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
    if (!this.fixed) this.forget([]);
    for (const { fill, value, row } of this.rows.values()) {
      fill.style.transform = "scaleX(0)";
      value.textContent = "";
      row.classList.remove("best");
    }
  }

  private called(label: string): string {
    return (this.languages && languageName(label)) || label;
  }

  /** Other rows than these go, and these stand in their order. */
  private forget(labels: string[]): void {
    for (const name of [...this.rows.keys()]) if (!labels.includes(name)) this.rows.delete(name);
    this.bars.replaceChildren();
    for (const name of labels) this.bars.append(this.row(name).row);
  }

  private row(label: string) {
    const known = this.rows.get(label);
    if (known) return known;
    const fill = h("span", { class: "bar-fill" });
    const value = h("span", { class: "bar-value" });
    const row = h("li", { class: "bar" }, h("span", { class: "bar-label" }, this.called(label)), h("span", { class: "bar-track" }, fill), value);
    this.bars.append(row);
    const entry = { fill, value, row };
    this.rows.set(label, entry);
    return entry;
  }
}
