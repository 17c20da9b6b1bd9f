/** Yes or no. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized } from "../i18n";
import type { InputComponent } from "./component";

export class Checkbox implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  /** A setting alone is nothing to run on. */
  readonly optional = true;
  onchange: (complete: boolean) => void = () => undefined;
  private readonly box: HTMLInputElement;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.box = h("input", { type: "checkbox", id: `input-${info.name}`, checked: info["default"] === true });
    this.box.addEventListener("change", () => this.onchange(true));
    this.element = h("label", { class: "check" }, this.box, localized(info.label));
  }

  payload(): unknown {
    return this.box.checked;
  }

  draft(): unknown {
    return this.box.checked;
  }

  show(value: unknown): void {
    if (typeof value === "boolean") this.box.checked = value;
  }
}
