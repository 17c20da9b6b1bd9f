/** Replaces a task's model by one of the visitor's, an ONNX file or a model folder, which stays on the device. */

import { errorFrom } from "../shared/errors";
import type { TaskInfo, TensorInterface } from "../shared/site";
import { isLocal, OWN, type OwnModel as Model } from "../shared/store/own_models";
import { forget, neededFiles } from "../shared/store/presence";
import { base, runtime, site } from "./app_runtime";
import { h } from "./dom";
import { acceptDrops, fromList, type Given, pickers } from "./given_files";
import { t } from "./i18n";
import { ModelImport } from "./model_import";
import { askToPersist } from "./persist";
import { readOwnModel, writeOwnModel } from "./settings";
import { STORAGE_CHANGED } from "./storage_view";

/** Kinds whose models are of two ONNX files. */
const ENCODERS_DECODERS = ["summarization", "translation", "text2text-generation"];

/** What makes a folder one for a task of texts. */
const FOLDER = ["config.json", "tokenizer.json"];

export interface Host {
  /** Shows what fails beside the form. */
  guard(work: () => Promise<unknown>): Promise<void>;
  /** Opens one of the visitor's models for the task, or the task's own for null. What is open stays if that fails. */
  use(id: string | null, name: string): Promise<void>;
}

export class OwnModel {
  readonly element: HTMLElement;
  private readonly state = h("p", { class: "note own-state", "aria-live": "polite" });
  private readonly list: HTMLSelectElement;
  private readonly reset: HTMLButtonElement;
  private readonly importing: ModelImport;
  private readonly ended = new AbortController();
  private file: HTMLInputElement | undefined;
  private kept: Model[] = [];
  /** What is to be known of the one that was just given. */
  private said = "";

  constructor(private readonly task: TaskInfo, wanted: NonNullable<TaskInfo["own_model"]>, private readonly host: Host) {
    const folder = wanted === "folder";
    this.importing = new ModelImport(task.own_kind ?? "", folder ? FOLDER : []);
    this.list = h("select", { class: "select own-list", hidden: true, "aria-label": t("own.list"), onchange: () => void this.choose(this.list.value) });
    this.reset = h("button", { type: "button", class: "chip", hidden: true, onclick: () => void this.choose("") }, t(task.model === null ? "own.no_more" : "task.own_model.reset"));
    this.element = h("div", { class: "setting own-model" },
      ...(folder ? this.folderInput() : this.fileInput(wanted)), this.importing.element, this.state, this.list, this.reset);
    addEventListener(STORAGE_CHANGED, () => void this.look(), { signal: this.ended.signal });
    void this.look();
  }

  /** Also takes a model that is dropped anywhere on this element. */
  takeDrops(element: HTMLElement): void {
    acceptDrops(element, (given) => void this.host.guard(async () => this.take(await given)));
  }

  /** The id of the chosen model; null for the task's own. */
  get chosen(): string | null {
    return chosen(this.task);
  }

  /** True if there was an import to end. */
  cancel(): boolean {
    return this.importing.cancel();
  }

  dispose(): void {
    this.cancel();
    this.ended.abort();
  }

  /** The chosen model could not be opened, and the task's own is open again. */
  forgetChoice(): void {
    choose(this.task, null);
    this.show();
  }

  private fileInput({ inputs, outputs }: { inputs: TensorInterface[]; outputs: TensorInterface[] }): HTMLElement[] {
    // Weights may lie in a second file.
    const file = (this.file = h("input", { type: "file", multiple: true, accept: ".onnx,.onnx_data,.data", id: "own-model" }));
    file.addEventListener("change", () => file.files?.[0] && void this.host.guard(() => this.take(fromList(file.files!))));
    return [
      h("label", { for: "own-model" }, t("task.own_model")), file,
      h("p", { class: "note" }, t("task.own_model.help", { inputs: describe(inputs), outputs: describe(outputs) })),
    ];
  }

  private folderInput(): HTMLElement[] {
    return [
      h("p", {}, t("own.title")),
      pickers((given) => void this.host.guard(() => this.take(given))),
      h("p", { class: "note" }, t(ENCODERS_DECODERS.includes(this.task.own_kind ?? "") ? "own.help.seq2seq" : "own.help")),
    ];
  }

  /** Stores what was given and opens it; what cannot be opened is not kept. */
  private async take(given: Given): Promise<void> {
    this.said = this.state.textContent = "";
    const settings = this.element.closest("details");
    if (settings) settings.open = true;
    const { model, isNew, notKept } = await this.importing.run(given);
    if (notKept) runtime.addOwn(model);
    try {
      await this.open(model);
    } catch (thrown) {
      const { kind } = errorFrom(thrown).wire;
      runtime.own.remove(model.id);
      if (isNew && !notKept && kind === "ModelError") await forget(base, { model: model.id, dtype: OWN, shards: model.files.flatMap((file) => file.shards ?? []) });
      throw thrown;
    } finally {
      dispatchEvent(new Event(STORAGE_CHANGED));
    }
    this.said = notKept ? t(`own.memory.${notKept}`) : t("own.kept");
    this.show();
    if (!notKept) void askToPersist();
  }

  private choose(id: string): Promise<void> {
    return this.host.guard(async () => {
      try {
        this.said = "";
        const model = this.kept.find((each) => each.id === id);
        if (model) return await this.open(model);
        if (this.task.choices.includes(id)) return await this.open({ id, name: id });
        await this.host.use(null, "");
        choose(this.task, null);
      } finally {
        if (this.file) this.file.value = "";
        this.show();
      }
    });
  }

  private async open({ id, name }: Pick<Model, "id" | "name">): Promise<void> {
    await this.host.use(id, name);
    choose(this.task, id);
  }

  /** What is kept for this task, now. */
  private async look(): Promise<void> {
    this.kept = (await runtime.own.list()).filter(({ kind }) => kind === this.task.own_kind || kind === "");
    if (this.ended.signal.aborted) return;
    const gone = this.chosen !== null && isLocal(this.chosen) && !this.kept.some(({ id }) => id === this.chosen);
    this.show();
    // Deleted on the page Storage, or by another tab; at the start, opening says what is wrong.
    if (gone && this.element.dataset["used"] !== undefined) await this.choose("");
  }

  private show(): void {
    const chosen = this.task.choices.filter((id) => id === this.chosen).map((id) => ({ id, name: id }));
    const used = this.kept.find(({ id }) => id === this.chosen) ?? chosen[0];
    if (used) this.element.dataset["used"] = used.id;
    const builtIn = h("option", { value: "" }, this.task.model === null ? t("own.none") : t("own.built_in", { model: this.task.model }));
    const others = this.task.choices.map((id) => h("option", { value: id }, t("own.choice", { model: id, size: size(id) })));
    const names = this.kept.map(({ id, name, default_dtype }) => h("option", { value: id }, t("own.option", { name, dtype: default_dtype })));
    this.list.replaceChildren(builtIn, ...others, ...names);
    this.list.value = used?.id ?? "";
    this.list.hidden = this.kept.length + others.length === 0;
    this.state.textContent = used ? t(this.said ? "own.using" : "task.own_model.using", { name: used.name, more: this.said }) : "";
    this.reset.hidden = !used;
  }
}

/** Of models that are in memory alone, only this page knows. */
const inMemory = new Map<string, string | null>();

function chosen(task: TaskInfo): string | null {
  const id = inMemory.has(task.id) ? inMemory.get(task.id)! : readOwnModel(task.id);
  return id !== null && (isLocal(id) || task.choices.includes(id)) ? id : null;
}

/** Megabytes of one of the site's models. */
const size = (id: string) => Math.round(neededFiles(site, id, null).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);

function choose(task: TaskInfo, id: string | null): void {
  const memory = id !== null && runtime.own.inMemory.some((model) => model.id === id);
  inMemory.set(task.id, id);
  writeOwnModel(task.id, memory ? null : id);
}

function describe(tensors: TensorInterface[]): string {
  return tensors.map(({ name, dtype, dims }) => `${name} ${dtype} (${dims.join(", ")})`).join(", ");
}
