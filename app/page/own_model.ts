/** Replaces a task's model by an ONNX file of the visitor's, which stays on the device. */

import type { TaskInfo, TensorInterface } from "../shared/site";
import { runtime } from "./app_runtime";
import { h } from "./dom";
import { t } from "./i18n";

/** Larger files would not fit in the engine beside their own copy. */
const MOST_BYTES = 1.5e9;

export class OwnModel {
  readonly element: HTMLElement;
  private readonly state = h("p", { class: "note", "aria-live": "polite" });
  private readonly reset: HTMLButtonElement;

  constructor(
    private readonly task: TaskInfo,
    wanted: NonNullable<TaskInfo["own_model"]>,
    private readonly guard: (work: () => Promise<unknown>) => Promise<void>,
  ) {
    const file = h("input", { type: "file", accept: ".onnx", id: "own-model" });
    file.addEventListener("change", () => file.files?.[0] && void this.use(file.files[0]));
    this.reset = h("button", { type: "button", class: "chip", hidden: true, onclick: () => void this.restore(file) }, t("task.own_model.reset"));
    this.element = h("div", { class: "setting own-model" },
      h("label", { for: "own-model" }, t("task.own_model")), file,
      h("p", { class: "note" }, t("task.own_model.help", { inputs: describe(wanted.inputs), outputs: describe(wanted.outputs) })),
      this.state, this.reset);
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      const dropped = event.dataTransfer?.files[0];
      if (dropped) void this.use(dropped);
    });
  }

  private use(file: File): Promise<void> {
    return this.guard(async () => {
      const model = new Uint8Array(await file.slice(0, MOST_BYTES).arrayBuffer());
      await runtime.request({ op: "use_model", task: this.task.id, name: file.name, model });
      this.state.textContent = t("task.own_model.using", { name: file.name });
      this.reset.hidden = false;
    });
  }

  private restore(input: HTMLInputElement): Promise<void> {
    return this.guard(async () => {
      await runtime.request({ op: "use_model", task: this.task.id, name: "", model: null });
      input.value = "";
      this.state.textContent = "";
      this.reset.hidden = true;
    });
  }
}

function describe(tensors: TensorInterface[]): string {
  return tensors.map(({ name, dtype, dims }) => `${name} ${dtype} (${dims.join(", ")})`).join(", ");
}
