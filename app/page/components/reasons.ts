/** What an answer rests on, as bars to either side; and the smallest change that would turn it. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";

type Text = ComponentInfo["label"];

interface Reason {
  label: Text;
  value: Text;
  score: number;
}

export class ReasonsOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly list = h("ol", { class: "reasons" });

  constructor(info: ComponentInfo) {
    const [low, high] = [info["low"], info["high"]].map((name) => localized(name as Text));
    this.element = h("div", { class: "reasons-output", hidden: true }, h("p", { class: "label" }, localized(info.label)),
      h("p", { class: "meter-ends", "aria-hidden": "true" }, h("span", {}, `← ${low}`), h("span", {}, `${high} →`)), this.list);
  }

  show(payload: unknown): void {
    const reasons = payload as Reason[];
    const most = Math.max(...reasons.map(({ score }) => Math.abs(score)), 1e-9);
    this.element.hidden = reasons.length === 0;
    this.list.replaceChildren(...reasons.map((reason) => item(reason, most)));
  }

  clear(): void {
    this.element.hidden = true;
  }
}

function item({ label, value, score }: Reason, most: number): HTMLElement {
  const bar = h("span", { class: `reason-bar ${score < 0 ? "low" : "high"}` });
  bar.style.width = `${(Math.abs(score) / most) * 50}%`;
  const points = `${score < 0 ? "−" : "+"}${Math.abs(score * 100).toFixed(1)}`;
  return h("li", {}, h("span", { class: "reason-name" }, `${localized(label)}: ${localized(value)}`),
    h("span", { class: "reason-track", "aria-hidden": "true" }, bar), h("span", { class: "reason-value" }, points));
}

export class WhatIfOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly body = h("div", { "aria-live": "polite" });

  constructor(info: ComponentInfo) {
    this.element = h("div", { class: "what-if", hidden: true }, h("p", { class: "label" }, localized(info.label)), this.body);
  }

  show(payload: unknown): void {
    const { changes, score } = payload as { changes: { label: Text; before: Text; after: Text }[]; score?: number | null };
    this.element.hidden = false;
    if (changes.length === 0 || score === undefined || score === null) {
      this.body.replaceChildren(h("p", { class: "note" }, t("what_if.none")));
      return;
    }
    this.body.replaceChildren(
      h("ul", {}, ...changes.map(({ label, before, after }) =>
        h("li", {}, `${localized(label)}: `, h("del", {}, localized(before)), " ", h("ins", {}, localized(after))))),
      h("p", { class: "note" }, t("what_if.then", { score: score.toFixed(2) })));
  }

  clear(): void {
    this.element.hidden = true;
  }
}
