/** The line under a task: what is loading, where it runs, how long it took, whether it works offline. */

import type { Silence } from "../embed/supervisor/pulse";
import type { DeviceNote } from "../shared/messages";
import type { TaskInfo } from "../shared/site";
import { ownerOf, runtime } from "./app_runtime";
import { h } from "./dom";
import { DownloadBar } from "./download_bar";
import { Elapsed } from "./elapsed";
import { t } from "./i18n";
import { memoryOf, memoryTitle } from "./memory";
import { OfflineBadge } from "./offline";

/** Milliseconds without a byte or a sign of life before the visitor is told. */
const PATIENCE = 30_000;

/** Silence is told once a second; what was told longer ago is over. */
const SILENT_STILL = 2_000;

/** Why a model does not run on the GPU, by owner: known for as long as it stays open, whatever view shows it. */
const notes = new Map<string, DeviceNote>();
runtime.on("device", (note) => notes.set(note.owner, note));

export class StatusLine {
  readonly element: HTMLElement;
  isReady = false;

  private readonly text = h("span", { class: "status-text", role: "status" });
  private readonly bar = h("progress", { class: "status-bar", hidden: true, "aria-label": t("state.model") });
  private readonly elapsed = new Elapsed();
  private readonly device = h("span", { class: "status-device" });
  /** What a model that writes will take, said before it is there. */
  private readonly memory = h("span", { class: "status-memory" });
  /** Why the model does not run on the GPU that was asked for. */
  private readonly note = h("p", { class: "status-note", role: "status", hidden: true });
  private readonly retry: HTMLButtonElement;
  private readonly download: DownloadBar;
  private readonly offline: OfflineBadge;
  private readonly stops: (() => void)[] = [];
  private readonly owner: string;
  private lastTook = "";
  /** The task has no model before the visitor gives one. */
  private needsModel = false;
  private progressed = false;
  private opened = false;
  private startAnew = false;
  private silence: { worker: Silence["worker"]; at: number } | undefined;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  /** `onretry`: open the task again, or end a run and begin another. `oncancel`: the visitor ended the download. */
  constructor(private readonly task: TaskInfo, onretry: () => void, oncancel: () => void) {
    this.owner = ownerOf(task);
    this.offline = new OfflineBadge(task);
    this.retry = h("button", { type: "button", class: "chip", hidden: true, onclick: () => this.again(onretry) }, t("stage.retry"));
    this.download = new DownloadBar((action) => {
      runtime.control(this.owner, action);
      if (action === "cancel") oncancel();
    });
    this.element = h("footer", { class: "status" },
      this.text, this.elapsed.element, this.bar, this.download.element, this.retry, this.device, this.memory, this.offline.element, this.note);
    this.stops.push(() => this.offline.dispose(), runtime.on("download", (download) => {
      const state = this.element.dataset["state"];
      // A run may open a model that only some inputs need.
      if (download.owner !== this.owner || (state !== "opening" && state !== "running")) return;
      this.moved();
      this.progressed = true;
      const whole = download.loaded === download.total;
      this.text.textContent = whole ? t("state.model") : this.download.show(download);
      if (whole) this.download.hide();
      this.bar.hidden = !whole;
    }));
    this.stops.push(runtime.on("device", (note) => note.owner === this.owner && this.showNote(note)));
    this.stops.push(runtime.on("silent", (silence) => this.silent(silence)));
    this.stops.push(runtime.on("restarting", () => {
      const state = this.element.dataset["state"];
      if (state === "opening" || state === "running") this.text.textContent = t("state.restarting");
    }));
    this.stops.push(runtime.on("failed", () => (this.startAnew = true)));
    this.stops.push(runtime.on("stage", () => {
      this.moved();
      if (!this.isReady && this.download.element.hidden) this.text.textContent = t("state.model");
    }));
  }

  /** Ends listening to the runtime, which outlives this line. */
  dispose(): void {
    this.stops.forEach((stop) => stop());
    clearTimeout(this.waiting);
    this.elapsed.stop();
  }

  /** `own`: the model of the visitor's own that is opened. */
  opening(own: string | null): void {
    this.showMemory(own);
    // A view that has just been made shows what may be open already.
    if (this.opened) notes.delete(this.owner);
    this.opened = true;
    this.isReady = false;
    this.retry.hidden = true;
    this.element.dataset["state"] = "opening";
    this.text.textContent = t("state.python");
    this.note.hidden = true;
    this.device.textContent = "";
    this.bar.hidden = false;
    this.bar.removeAttribute("value");
    this.moved();
  }

  /** Something happened: no need to say that nothing does. */
  private moved(): void {
    clearTimeout(this.waiting);
    if (this.element.dataset["state"] !== "opening") return;
    this.retry.hidden = true;
    this.startAnew = false;
    this.waiting = setTimeout(() => this.offerAgain(), PATIENCE);
  }

  private showMemory(own: string | null): void {
    const model = own ?? this.task.model;
    this.memory.textContent = memoryOf(model);
    this.memory.title = memoryTitle(model);
  }

  /** A worker at work does not answer: it computes, or it hangs. Only the visitor can tell which it is. */
  private silent({ worker, owner, milliseconds }: Silence): void {
    if (owner !== null && owner !== this.owner) return;
    this.silence = { worker, at: performance.now() };
    if (milliseconds >= PATIENCE) this.offerAgain();
  }

  private offerAgain(): void {
    const state = this.element.dataset["state"];
    if (state !== "opening" && state !== "running") return;
    const silent = this.silence && performance.now() - this.silence.at < SILENT_STILL;
    this.text.textContent = t(silent ? `state.silent.${this.silence!.worker}` : "state.waiting");
    this.startAnew = state === "opening";
    this.retry.hidden = false;
  }

  private showNote({ device, threads, reason, received }: DeviceNote): void {
    this.note.textContent = t(`note.${reason}`);
    this.note.title = received;
    this.note.hidden = false;
    this.device.textContent = t(`state.on.${device}`, { threads });
  }

  /** `own`: the model of the visitor's own that is used. */
  ready({ device, dtype, threads }: { device: "python" | "wasm" | "webgpu"; dtype: string | null; threads: number }, own: string | null): void {
    this.isReady = true;
    clearTimeout(this.waiting);
    this.retry.hidden = true;
    this.element.dataset["state"] = "ready";
    this.needsModel = own === null && this.task.kind !== null && this.task.model === null;
    this.text.textContent = this.readyText;
    this.device.textContent = this.needsModel ? "" : t(`state.on.${device}`, { threads });
    const note = notes.get(this.owner);
    if (note?.device === device) this.showNote(note);
    this.bar.hidden = true;
    this.download.hide();
    void this.offline.refresh(own, dtype);
  }

  failed(): void {
    this.end("failed", t("state.failed"));
  }

  /** The visitor ended the download; what has arrived stays. */
  stopped(): void {
    this.end("failed", t("download.stopped"));
  }

  /** Python starts again only where it was Python that failed, or where nothing moves. */
  private again(open: () => void): void {
    // Python may have failed before this line listened.
    if (this.startAnew || runtime.failure) runtime.restart();
    this.startAnew = false;
    open();
  }

  private end(state: string, text: string): void {
    clearTimeout(this.waiting);
    this.element.dataset["state"] = state;
    this.text.textContent = text;
    this.bar.hidden = true;
    this.download.hide();
    this.retry.hidden = false;
  }

  running(): void {
    this.lastTook = "";
    this.progressed = false;
    if (!this.isReady) return;
    this.element.dataset["state"] = "running";
    this.elapsed.start(() => {
      if (!this.progressed) this.text.textContent = t("state.still");
    });
  }

  /** The run takes long enough to be noticed. */
  working(): void {
    if (this.isReady && !this.progressed) this.text.textContent = t("state.running");
  }

  progress({ stage, done, total }: { stage: string; done: number; total: number }): void {
    this.progressed = true;
    this.download.hide();
    this.text.textContent = t("state.progress", { stage: t(`stage.${stage}`), done, total });
    this.showBar(done, total);
  }

  /** A part of the answer is there to be seen: no need to say that it still works. */
  answers(): void {
    this.progressed = true;
    this.bar.hidden = true;
    this.text.textContent = t("state.running");
  }

  took(milliseconds: number): void {
    this.lastTook = t("state.took", { milliseconds: milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds) });
  }

  idle(): void {
    this.elapsed.stop();
    if (!this.isReady) return;
    this.retry.hidden = true;
    this.element.dataset["state"] = "ready";
    this.bar.hidden = true;
    this.download.hide();
    this.text.textContent = this.lastTook ? `${this.readyText} · ${this.lastTook}` : this.readyText;
  }

  private get readyText(): string {
    return t(this.needsModel ? "state.no_model" : "state.ready");
  }

  private showBar(value: number, total: number): void {
    this.bar.hidden = false;
    this.bar.max = total;
    this.bar.value = value;
  }
}
