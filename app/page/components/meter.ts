/** One number between two named ends. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";

export class MeterOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly number = h("p", { class: "answer", "aria-hidden": "true" }, "–");
  /** Read aloud as one sentence, instead of a number that changes. */
  private readonly spoken = h("p", { class: "visually-hidden", "aria-live": "polite" });
  private readonly mark = h("span", { class: "meter-mark", hidden: true });
  private readonly note = h("p", { class: "note" }, t("task.empty"));
  private readonly label: string;
  private readonly low: string;
  private readonly high: string;

  constructor(info: ComponentInfo) {
    this.label = localized(info.label);
    this.low = localized(info["low"] as ComponentInfo["label"]);
    this.high = localized(info["high"] as ComponentInfo["label"]);
    this.element = h("div", { class: `meter-output alarming-${String(info["alarming"])}` }, h("p", { class: "label" }, this.label), this.number, this.spoken,
      h("div", { class: "meter-track", "aria-hidden": "true" }, this.mark),
      h("p", { class: "meter-ends", "aria-hidden": "true" }, h("span", {}, this.low), h("span", {}, this.high)), this.note);
  }

  show(payload: unknown): void {
    // Python's None arrives as undefined.
    const { value } = payload as { value?: number | null };
    const none = value === undefined || value === null;
    this.mark.hidden = none;
    this.note.hidden = !none;
    if (none) {
      this.number.textContent = "–";
      this.note.textContent = this.spoken.textContent = t("meter.none");
      return;
    }
    this.number.textContent = value.toFixed(2);
    this.mark.style.insetInlineStart = `${value * 100}%`;
    this.spoken.textContent = t("meter.spoken", { label: this.label, value: value.toFixed(2), low: this.low, high: this.high });
  }

  clear(): void {
    this.number.textContent = "–";
    this.spoken.textContent = "";
    this.mark.hidden = true;
    this.note.hidden = false;
    this.note.textContent = t("task.empty");
  }
}
