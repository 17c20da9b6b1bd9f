/** A picture by upload, paste or drop. */

import type { ComponentInfo } from "../../shared/site";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";
import { drawFitted, type PickedImage, pickImage, receiveImages } from "./image_source";

export class ImageInput implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly canvas = h("canvas", { class: "picture", width: 320, height: 240 });
  private readonly note = h("p", { class: "note" }, t("sketchpad.paste"));
  private readonly life = new AbortController();
  private image: PickedImage | null = null;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    const upload = h("button", { type: "button", class: "tool", onclick: () => void this.use(pickImage()) },
      icon(...ICONS.upload), t("sketchpad.upload"));
    this.element = h("div", { class: "field" },
      h("span", { class: "label" }, localized(info.label)), this.canvas, h("div", { class: "tools" }, upload), this.note);
    receiveImages(this.element, (image) => void this.use(image), this.life.signal);
  }

  payload(): unknown {
    return this.image && { file: this.image.file, name: this.image.name };
  }

  dispose(): void {
    this.life.abort();
  }

  draft(): unknown {
    return null;
  }

  carry(): unknown {
    return this.image;
  }

  show(value: unknown): void {
    this.image = value as PickedImage | null;
    this.canvas.getContext("2d")!.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.image) return;
    this.note.textContent = t("sketchpad.file", { name: this.image.name });
    if (this.image.bitmap) drawFitted(this.canvas, this.image.bitmap);
  }

  private async use(picked: Promise<PickedImage | null>): Promise<void> {
    const image = await picked;
    if (!image) return;
    this.show(image);
    this.onchange(true);
  }
}
