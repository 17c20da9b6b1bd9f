/** One task on the page: its form, its answer, and what is going on meanwhile. */

import { errorFrom } from "../shared/errors";
import type { Device, WireError } from "../shared/messages";
import type { TaskInfo } from "../shared/site";
import { type AnswerHost, type InputComponent, isHost, type OutputComponent, type RunEnd } from "./components/component";
import { createInput, createOutput } from "./components";
import { h } from "./dom";
import { ErrorPanel } from "./error_panel";
import { localized, t } from "./i18n";
import { readAnswer, readDraft, readSetting, writeAnswer, writeDraft, writeSetting } from "./settings";
import { StatusLine } from "./status_line";
import { TaskModel } from "./task_model";
import { type RunPlace, TaskRun } from "./task_run";

/** Pixels of an answer that are too few to be noticed. */
const BARELY = 96;

/** Milliseconds of a run that are too few to be noticed. */
const SHORT = 300;

export class TaskView implements RunPlace {
  readonly element: HTMLElement;
  private readonly inputs: InputComponent[];
  private readonly outputs: OutputComponent[];
  /** The input that holds the answers, too, and has buttons of its own. */
  private readonly host: AnswerHost | undefined;
  private readonly errors = new ErrorPanel();
  private readonly place = h("section", { class: "outputs" });
  private readonly status: StatusLine;
  private readonly runButton = h("button", { type: "submit", class: "primary" }, t("task.run"));
  private readonly cancelButton = h("button", { type: "button", class: "secondary", hidden: true, onclick: () => this.cancel() }, t("task.cancel"));
  private readonly model: TaskModel;
  private answer: unknown[] | undefined;
  /** The answer is of an earlier page, maybe of a file that is gone with it: it stays until something is asked. */
  private earlier = false;
  private running: TaskRun | undefined;
  /** That run was begun by another view, with the model that this one is about to find open. */
  private tookOver = false;
  private noticed: ReturnType<typeof setTimeout> | undefined;
  /** An input changed during a run: run once more when it ends. */
  private stale = false;

  /** `before` is a view that this one takes the place of: with what it shows, and with the run that goes on in it. */
  constructor(private readonly task: TaskInfo, before?: TaskView) {
    this.inputs = task.inputs.map(createInput);
    this.outputs = task.outputs.map(createOutput);
    this.status = new StatusLine(task, () => this.again(), () => {
      this.model.stop();
      this.running?.cancel();
    });
    for (const input of this.inputs) input.onchange = (complete) => this.changed(complete);
    for (const output of this.outputs) {
      output.onpoint = (start, end) => this.point(start, end);
      if (output.onwork) output.onwork = () => writeAnswer(this.task.id, this.answer);
      output.onact = (action) => {
        if (this.inputs.find((input) => input.act)?.act!(action) === true) void this.run();
      };
    }
    this.host = this.inputs.find(isHost);
    if (this.host) {
      this.host.onrun = () => void this.run();
      this.host.oncancel = () => this.cancel();
      // One of opening the model is not over.
      this.host.onopen = () => this.status.isReady && this.errors.hide();
      this.host.onshow = (outputs) => this.showOutputs(outputs);
    }
    this.model = new TaskModel(task, this.status, {
      guard: (work) => this.guard(work),
      guardBelow: (work) => this.guardBelow(work),
      onopened: (opened, folder) => this.modelOpened(opened, folder),
      onreplaced: () => this.task.live && void this.run(),
    });
    this.element = this.layout();
    this.model.own?.takeDrops(this.element);
    this.restore(before);
    if (before?.running) this.takeOver(before);
    before?.dispose();
    void this.model.open();
  }

  /** Stops a run that goes on; the next one works. */
  cancel(): void {
    this.model.own?.cancel();
    this.stale = false;
    this.running?.cancel();
  }

  /** Ends all listening: another view has taken this one's place. */
  private dispose(): void {
    this.cancel();
    this.status.dispose();
    this.model.own?.dispose();
    for (const input of this.inputs) input.dispose?.();
  }

  private layout(): HTMLElement {
    const form = h("form", { class: "inputs", onsubmit: (event: Event) => { event.preventDefault(); if (!this.host) void this.run(); } },
      ...this.inputs.map((input) => input.element),
      !this.host && h("div", { class: "actions" }, !this.task.live && this.runButton, this.cancelButton),
      this.examples(),
    );
    const answers = [this.errors.element, ...this.outputs.map((output) => output.element)];
    (this.host?.place ?? this.place).append(...answers);
    this.host?.foot.append(this.status.element);
    return h("article", { class: "task", id: `task-${this.task.id}` },
      h("header", {}, h("h1", {}, localized(this.task.title)), h("p", { class: "lead" }, localized(this.task.description))),
      // Beside or below the form, never above it: nothing moves under a pen that is drawing.
      this.host ? form : h("div", { class: "columns" }, form, this.place),
      !this.host && this.status.element,
      this.settings(),
    );
  }

  private examples(): HTMLElement | false {
    if (this.task.examples.length === 0) return false;
    return h("div", { class: "examples" }, h("span", { class: "note" }, t("task.examples")),
      ...this.task.examples.map(({ label, inputs }) =>
        h("button", { type: "button", class: "chip", onclick: () => this.useExample(inputs) }, localized(label))));
  }

  private settings(): HTMLElement {
    const device = h("select", { id: "device" },
      ...(["auto", "wasm", "webgpu"] as const).map((value) =>
        h("option", { value, selected: readSetting("device") === value }, t(`task.device.${value}`))));
    device.addEventListener("change", () => {
      writeSetting("device", device.value as Device);
      this.model.openAgain();
    });
    // Who uses a model of their own sees at once which.
    return h("details", { class: "settings", hidden: this.task.kind === null, open: Boolean(this.model.own?.chosen) || (this.task.kind !== null && this.task.model === null) }, h("summary", {}, t("task.settings")),
      h("label", { class: "setting", for: "device" }, t("task.device"), device), this.model.own?.element);
  }

  private restore(before: TaskView | undefined): void {
    const draft = readDraft(this.task.id);
    this.inputs.forEach((input, index) => {
      const other = before?.inputs[index];
      const value = other ? (other.carry ? other.carry() : other.draft()) : draft[input.name];
      if (value !== undefined && value !== null) input.show(value);
    });
    const outputs = before ? before.answer : readAnswer(this.task.id);
    if (!outputs) return;
    this.earlier = before ? before.earlier : true;
    try {
      this.showOutputs(outputs);
    } catch {
      this.showOutputs(undefined); // kept by another version of the page
    }
  }

  private takeOver(before: TaskView): void {
    const run = before.running!;
    run.place = this;
    this.stale = before.stale;
    before.running = undefined;
    clearTimeout(before.noticed);
    this.tookOver = true;
    this.follow(run);
  }

  private useExample(values: unknown[]): void {
    this.inputs.forEach((input, index) => input.show(values[index]));
    this.changed(true);
    if (!this.task.live) void this.run();
  }

  private changed(complete: boolean): void {
    this.earlier = false;
    if (complete) {
      writeDraft(this.task.id, Object.fromEntries(this.inputs.map((input) => [input.name, input.draft()])));
    }
    if (this.task.live) void this.run();
  }

  /** What the visitor waits for begins once more. */
  private again(): void {
    if (this.running) {
      this.stale = true;
      this.running.cancel();
    }
    if (this.status.isReady) return;
    this.model.openAgain();
  }

  private modelOpened(opened: Record<string, unknown>, folder: string | null): void {
    for (const input of this.inputs) input.opened?.(folder, opened);
    const goesOn = this.tookOver && this.running;
    this.tookOver = false;
    if (goesOn) this.status.running();
    if ((this.task.live && !this.earlier && !goesOn) || this.stale) void this.run();
  }

  private async run(): Promise<void> {
    if (this.running) {
      // A live task answers the latest state: never queue more than one run.
      this.stale = true;
      if (!this.task.live) this.running.cancel();
      return;
    }
    const payloads = this.inputs.map((input) => [input.name, input.payload()] as const);
    if (this.inputs.every((input, index) => input.optional || payloads[index]![1] === null)) {
      this.showOutputs(undefined);
      this.errors.hide();
      // Who presses a button is told what is missing; who types is not interrupted.
      if (this.task.live || this.host) return;
    }
    this.earlier = false;
    const run = new TaskRun(this);
    this.follow(run);
    // Of what was asked before. A live task keeps it until it knows better: it would flicker with each key.
    if (!this.task.live) this.errors.hide();
    this.host?.began();
    await run.start(this.task.id, Object.fromEntries(payloads));
  }

  /** Shows that a run goes on. */
  private follow(run: TaskRun): void {
    this.running = run;
    this.noticed = setTimeout(() => {
      this.cancelButton.hidden = false;
      this.status.working();
    }, SHORT);
    this.status.running();
  }

  progress(answer: Parameters<StatusLine["progress"]>[0]): void {
    this.status.progress(answer);
  }

  partly(value: unknown): void {
    if (this.host) this.status.answers();
    this.present(value as { outputs: unknown[] });
  }

  wholly(value: unknown): void {
    this.present(value as { outputs: unknown[] });
    this.status.took((value as { milliseconds: number }).milliseconds);
  }

  ended(error: WireError | undefined): void {
    clearTimeout(this.noticed);
    this.cancelButton.hidden = true;
    this.running = undefined;
    const how = this.told(error);
    this.status.idle();
    this.host?.ended(how);
    // What stands below an error is the answer to something else.
    this.place.classList.toggle("outdated", how === "failed");
    if (!this.task.live && how !== "cancelled") this.reveal();
    if (this.stale) {
      this.stale = false;
      void this.run();
    }
  }

  private present({ outputs }: { outputs: unknown[] }): void {
    if (this.host) this.host.answered(outputs);
    else this.showOutputs(outputs);
  }

  private showOutputs(outputs: unknown[] | undefined): void {
    this.answer = outputs;
    // A live task gives its answer again; what the visitor did in it is told by its outputs.
    if (this.outputs.some(({ onwork }) => onwork)) writeAnswer(this.task.id, this.task.live ? undefined : outputs);
    this.outputs.forEach((output, index) => (outputs ? output.show(outputs[index]) : output.clear()));
  }

  /** On a phone the answer stands below the form, out of sight. */
  private reveal(): void {
    if (this.place.isConnected && this.place.getBoundingClientRect().top > innerHeight - BARELY) this.place.scrollIntoView();
  }

  private point(start: number, end: number): void {
    this.inputs.find((input) => input.highlight)?.highlight!(start, end);
  }

  /** As `guard`, for what is asked for far below the place of errors. */
  private async guardBelow(work: () => Promise<unknown>): Promise<void> {
    this.errors.hide();
    await this.guard(work);
    this.errors.reveal();
  }

  /** Runs something that may fail; the error is shown beside the form, which keeps what it holds. */
  private async guard(work: () => Promise<unknown>): Promise<RunEnd> {
    try {
      await work();
      return this.told(undefined);
    } catch (thrown) {
      return this.told(errorFrom(thrown).wire);
    }
  }

  private told(error: WireError | undefined): RunEnd {
    if (error?.kind === "CancelledError") return "cancelled";
    if (!error) {
      this.errors.hide();
      return "done";
    }
    this.errors.show(error);
    if (!this.status.isReady) this.status.failed();
    return "failed";
  }
}
