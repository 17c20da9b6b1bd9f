/**
 * A drawing area: strokes with undo, or an image by upload, paste or drop. The payload is the pixels of the
 * strokes (ink on transparent), or the encoded file as it is: decoding is Python's.
 */

import type { ComponentInfo } from "../../shared/site";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";
import { drawFitted, type PickedImage, pickImage, receiveImages } from "./image_source";

/** A stroke is a list of x, y in canvas pixels. */
type Stroke = number[];

const SIZE = 320;
/** About the ratio of stroke to digit height in MNIST: 2.5 of 20 pixels, with a margin around the digit. */
const INK_WIDTH = 22;

export class Sketchpad implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly canvas = h("canvas", { class: "paper", width: SIZE, height: SIZE, tabindex: 0, role: "img" });
  private readonly hint = h("span", { class: "paper-hint" });
  private readonly note = h("p", { class: "note" });
  private readonly undoButton: HTMLButtonElement;
  private readonly clearButton: HTMLButtonElement;
  private readonly context: CanvasRenderingContext2D;
  private readonly life = new AbortController();
  private strokes: Stroke[] = [];
  private image: PickedImage | null = null;
  /** What Clear removed, so that Undo brings it back. */
  private cleared: { strokes: Stroke[]; image: PickedImage | null } | null = null;
  private drawing = false;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true })!;
    this.canvas.setAttribute("aria-label", t("sketchpad.aria"));
    this.hint.textContent = t("sketchpad.hint");
    this.note.textContent = t("sketchpad.paste");
    this.undoButton = h("button", { type: "button", class: "tool", onclick: () => this.undo() }, icon(...ICONS.undo), t("sketchpad.undo"));
    this.clearButton = h("button", { type: "button", class: "tool", onclick: () => this.clear() }, icon(...ICONS.clear), t("sketchpad.clear"));
    const upload = h("button", { type: "button", class: "tool", onclick: () => void this.upload() }, icon(...ICONS.upload), t("sketchpad.upload"));
    this.element = h("div", { class: "field sketchpad" },
      h("span", { class: "label" }, localized(info.label)),
      h("div", { class: "paper-frame" }, this.canvas, this.hint),
      h("div", { class: "tools" }, this.undoButton, this.clearButton, upload),
      this.note,
    );
    this.listen();
    this.redraw();
  }

  payload(): unknown {
    if (this.image) return { file: this.image.file, name: this.image.name };
    if (this.strokes.length === 0) return null;
    const { data, width, height } = this.context.getImageData(0, 0, SIZE, SIZE);
    return { width, height, data: new Uint8Array(data.buffer) };
  }

  dispose(): void {
    this.life.abort();
  }

  draft(): unknown {
    return this.image ? null : this.strokes;
  }

  carry(): unknown {
    return { strokes: this.strokes, image: this.image };
  }

  show(value: unknown): void {
    const kept = Array.isArray(value) ? { strokes: value as Stroke[] } : (value as { strokes?: Stroke[]; image?: PickedImage | null } | null);
    this.image = kept?.image ?? null;
    this.strokes = kept?.strokes ?? [];
    this.redraw();
  }

  private listen(): void {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.drawing = true;
      this.image = null;
      this.cleared = null;
      this.strokes.push([]);
      this.extend(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.drawing) return;
      for (const point of event.getCoalescedEvents?.() ?? [event]) this.extend(point);
      this.onchange(false);
    });
    const end = () => {
      if (!this.drawing) return;
      this.drawing = false;
      this.redraw();
      this.onchange(true);
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "z") this.undo();
      else if (event.key === "Delete" || event.key === "Backspace") this.clear();
      else return;
      event.preventDefault();
    });
    receiveImages(this.element, (image) => void this.use(image), this.life.signal);
  }

  private extend(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const scale = SIZE / box.width;
    const x = Math.round((event.clientX - box.left) * scale * 10) / 10;
    const y = Math.round((event.clientY - box.top) * scale * 10) / 10;
    const stroke = this.strokes[this.strokes.length - 1]!;
    stroke.push(x, y);
    this.redraw();
  }

  private undo(): void {
    if (this.cleared) {
      ({ strokes: this.strokes, image: this.image } = this.cleared);
      this.cleared = null;
    } else if (this.image) {
      this.image = null;
    } else {
      this.strokes.pop();
    }
    this.redraw();
    this.onchange(true);
  }

  private clear(): void {
    if (this.strokes.length === 0 && !this.image) return;
    this.cleared = { strokes: this.strokes, image: this.image };
    this.strokes = [];
    this.image = null;
    this.redraw();
    this.onchange(true);
  }

  private async upload(): Promise<void> {
    await this.use(pickImage());
  }

  private async use(picked: Promise<PickedImage | null>): Promise<void> {
    const image = await picked;
    if (!image) return;
    this.cleared = null;
    this.image = image;
    this.redraw();
    this.onchange(true);
  }

  private redraw(): void {
    const { context, image } = this;
    context.clearRect(0, 0, SIZE, SIZE);
    if (image?.bitmap) drawFitted(this.canvas, image.bitmap);
    else for (const stroke of this.strokes) drawStroke(context, stroke);
    const empty = this.strokes.length === 0 && !image;
    this.hint.hidden = !empty;
    this.undoButton.disabled = empty && !this.cleared;
    this.clearButton.disabled = empty;
    this.note.textContent = image ? t("sketchpad.file", { name: image.name }) : t("sketchpad.paste");
  }
}

function drawStroke(context: CanvasRenderingContext2D, stroke: Stroke): void {
  context.lineWidth = INK_WIDTH;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = "#101418";
  context.beginPath();
  context.moveTo(stroke[0]!, stroke[1]!);
  // A dot is a line of no length; round caps draw it.
  if (stroke.length === 2) context.lineTo(stroke[0]!, stroke[1]!);
  for (let i = 2; i < stroke.length; i += 2) context.lineTo(stroke[i]!, stroke[i + 1]!);
  context.stroke();
}
