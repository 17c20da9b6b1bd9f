/** Names with values, the first of them large. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized } from "../i18n";
import type { OutputComponent } from "./component";

interface Fact {
  label: ComponentInfo["label"];
  value: ComponentInfo["label"];
  tone: "" | "good" | "warning";
}

export class FactsOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly list = h("dl", { class: "facts" });

  constructor(info: ComponentInfo) {
    this.element = h("div", { class: "facts-output", "aria-live": "polite", hidden: true },
      h("p", { class: "label" }, localized(info.label)), this.list);
  }

  show(payload: unknown): void {
    const facts = payload as Fact[];
    this.element.hidden = facts.length === 0;
    this.list.replaceChildren(...facts.map(({ label, value, tone }) =>
      h("div", { class: `fact ${tone}` }, h("dt", {}, localized(label)), h("dd", {}, localized(value)))));
  }

  clear(): void {
    this.element.hidden = true;
    this.list.replaceChildren();
  }
}
