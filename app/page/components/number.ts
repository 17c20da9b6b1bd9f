/** A number with its range; one outside of it is said beside the field. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";

export class NumberInput implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;
  private readonly field: HTMLInputElement;
  private readonly note: HTMLElement;
  private readonly minimum: number;
  private readonly maximum: number;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.minimum = Number(info["minimum"]);
    this.maximum = Number(info["maximum"]);
    const id = `input-${info.name}`;
    this.field = h("input", {
      id, class: "text short", type: "number", inputmode: "decimal", autocomplete: "off", min: this.minimum, max: this.maximum,
      step: Number(info["step"]), value: Number(info["default"]), "aria-describedby": `${id}-note`,
    });
    this.note = h("span", { class: "note", id: `${id}-note` });
    this.field.addEventListener("input", () => {
      this.check();
      this.onchange(true);
    });
    const unit = localized(info["unit"] as ComponentInfo["label"]);
    this.element = h("div", { class: "field row" }, h("label", { class: "label", for: id }, localized(info.label)),
      h("span", { class: "with-unit" }, this.field, unit && h("span", { class: "note" }, unit)), this.note);
    this.check();
  }

  payload(): unknown {
    return Number.isNaN(this.field.valueAsNumber) ? null : this.field.valueAsNumber;
  }

  draft(): unknown {
    return this.field.value;
  }

  show(value: unknown): void {
    this.field.value = String(value);
    this.check();
  }

  private check(): void {
    const value = this.field.valueAsNumber;
    const fits = value >= this.minimum && value <= this.maximum;
    this.note.textContent = t("number.range", { minimum: this.minimum.toLocaleString(), maximum: this.maximum.toLocaleString() });
    this.note.classList.toggle("over", !fits);
    this.field.setAttribute("aria-invalid", String(!fits));
  }
}
