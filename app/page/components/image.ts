/** A picture by upload, paste or drop. */

import type { ComponentInfo } from "../../shared/site";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";
import { imageFrom, type PickedImage, pickImage } from "./image_source";

export class ImageInput implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly canvas = h("canvas", { class: "picture", width: 320, height: 240 });
  private readonly note = h("p", { class: "note" }, t("sketchpad.paste"));
  private image: PickedImage | null = null;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    const upload = h("button", { type: "button", class: "tool", onclick: () => void this.use(pickImage()) },
      icon(...ICONS.upload), t("sketchpad.upload"));
    this.element = h("div", { class: "field" },
      h("span", { class: "label" }, localized(info.label)), this.canvas, h("div", { class: "tools" }, upload), this.note);
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      void this.use(imageFrom(event.dataTransfer));
    });
    document.addEventListener("paste", (event) => {
      if (this.element.isConnected && event.clipboardData?.files.length) void this.use(imageFrom(event.clipboardData));
    });
  }

  payload(): unknown {
    return this.image && { file: this.image.file, name: this.image.name };
  }

  draft(): unknown {
    return null;
  }

  show(): void {
    this.image = null;
    this.canvas.getContext("2d")!.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  private async use(picked: Promise<PickedImage | null>): Promise<void> {
    const image = await picked;
    if (!image) return;
    this.image = image;
    this.note.textContent = t("sketchpad.file", { name: image.name });
    const context = this.canvas.getContext("2d")!;
    const { width, height } = this.canvas;
    context.clearRect(0, 0, width, height);
    if (image.bitmap) {
      const scale = Math.min(width / image.bitmap.width, height / image.bitmap.height);
      const [w, h] = [image.bitmap.width * scale, image.bitmap.height * scale];
      context.drawImage(image.bitmap, (width - w) / 2, (height - h) / 2, w, h);
    }
    this.onchange(true);
  }
}
