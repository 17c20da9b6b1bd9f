/** One of several values. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized } from "../i18n";
import type { InputComponent } from "./component";

export class Dropdown implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  readonly optional: boolean;
  onchange: (complete: boolean) => void = () => undefined;
  private readonly field: HTMLSelectElement;
  /** What is chosen where the visitor gives a model of their own, and what otherwise. */
  private readonly own: string | undefined;
  private readonly usual: string;
  private ownModel: string | null | undefined;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.optional = info["aside"] === true;
    this.own = info["own"] as string | undefined;
    this.usual = String(info["default"]);
    const id = `input-${info.name}`;
    const choices = info["choices"] as { value: string; label: ComponentInfo["label"] }[];
    this.field = h("select", { id, class: "text" },
      ...choices.map(({ value, label }) => h("option", { value, selected: value === info["default"] }, localized(label))));
    this.field.addEventListener("change", () => this.onchange(true));
    this.element = h("div", { class: "field row" }, h("label", { class: "label", for: id }, localized(info.label)), this.field);
  }

  payload(): unknown {
    return this.field.value;
  }

  draft(): unknown {
    return this.field.value;
  }

  /** A model that has just been given is to be used; where it goes, its value goes, too. */
  opened(own: string | null): void {
    if (this.own === undefined || own === this.ownModel) return;
    // What is open when the page begins was chosen before, with or without this.
    const given = own !== null && this.ownModel !== undefined;
    this.ownModel = own;
    if (given) this.show(this.own);
    else if (own === null && this.field.value === this.own) this.show(this.usual);
  }

  /** A draft of another version may hold what is no choice any more. */
  show(value: unknown): void {
    if ([...this.field.options].some((option) => option.value === value)) this.field.value = String(value);
  }
}
