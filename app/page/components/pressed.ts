/** A button that stands in an answer, and asks for one run more: nothing to be seen in the form. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import type { InputComponent } from "./component";

export class Pressed implements InputComponent {
  readonly name: string;
  readonly element = h("span", { hidden: true });
  readonly optional = true;
  onchange: (complete: boolean) => void = () => undefined;
  private pressed = false;

  constructor(info: ComponentInfo) {
    this.name = info.name;
  }

  act(): boolean {
    return (this.pressed = true);
  }

  /** True for the one run that was asked for. */
  payload(): boolean {
    const { pressed } = this;
    this.pressed = false;
    return pressed;
  }

  draft(): null {
    return null;
  }

  show(): void {
    this.pressed = false;
  }
}
