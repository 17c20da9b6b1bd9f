/** The line under a task: what is loading, where it runs, how long it took, whether it works offline. */

import type { TaskInfo } from "../shared/site";
import { ownerOf, runtime } from "./app_runtime";
import { h } from "./dom";
import { DownloadBar } from "./download_bar";
import { t } from "./i18n";
import { OfflineBadge } from "./offline";

/** Milliseconds in which nothing happens at start-up before the visitor is told. */
const PATIENCE = 30_000;

export class StatusLine {
  readonly element: HTMLElement;
  isReady = false;

  private readonly text = h("span", { class: "status-text", role: "status" });
  private readonly bar = h("progress", { class: "status-bar", hidden: true, "aria-label": t("state.model") });
  private readonly device = h("span", { class: "status-device" });
  /** Why the model does not run on the GPU that was asked for. */
  private readonly note = h("p", { class: "status-note", role: "status", hidden: true });
  private readonly retry: HTMLButtonElement;
  private readonly download: DownloadBar;
  private readonly offline: OfflineBadge;
  private readonly stops: (() => void)[] = [];
  private lastTook = "";
  private startAnew = false;
  private waiting: ReturnType<typeof setTimeout> | undefined;

  /** `oncancel`: the visitor ended the download. */
  constructor(task: TaskInfo, onretry: () => void, oncancel: () => void) {
    this.offline = new OfflineBadge(task);
    this.retry = h("button", { type: "button", class: "chip", hidden: true, onclick: () => this.again(onretry) }, t("stage.retry"));
    this.download = new DownloadBar((action) => {
      runtime.control(ownerOf(task), action);
      if (action === "cancel") oncancel();
    });
    this.element = h("footer", { class: "status" },
      this.text, this.bar, this.download.element, this.retry, this.device, this.offline.element, this.note);
    this.stops.push(() => this.offline.dispose(), runtime.on("download", (download) => {
      if (download.owner !== ownerOf(task) || this.element.dataset["state"] !== "opening") return;
      this.moved();
      const whole = download.loaded === download.total;
      this.text.textContent = whole ? t("state.model") : this.download.show(download);
      if (whole) this.download.hide();
      this.bar.hidden = !whole;
    }));
    this.stops.push(runtime.on("device", ({ owner, device, threads, reason, received }) => {
      if (owner !== ownerOf(task)) return;
      this.note.textContent = t(`note.${reason}`);
      this.note.title = received;
      this.note.hidden = false;
      this.device.textContent = t(`state.on.${device}`, { threads });
    }));
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
  }

  opening(): void {
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
    this.waiting = setTimeout(() => {
      this.text.textContent = t("state.waiting");
      this.startAnew = true;
      this.retry.hidden = false;
    }, PATIENCE);
  }

  /** `own`: the model of the visitor's own that is used. */
  ready({ device, threads }: { device: "python" | "wasm" | "webgpu"; threads: number }, own: string | null): void {
    this.isReady = true;
    clearTimeout(this.waiting);
    this.retry.hidden = true;
    this.element.dataset["state"] = "ready";
    this.text.textContent = t("state.ready");
    this.device.textContent = t(`state.on.${device}`, { threads });
    this.bar.hidden = true;
    this.download.hide();
    void this.offline.refresh(own);
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
    if (this.startAnew) runtime.restart();
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
    if (this.isReady) this.element.dataset["state"] = "running";
  }

  progress({ stage, done, total }: { stage: string; done: number; total: number }): void {
    this.text.textContent = t("state.progress", { stage: t(`stage.${stage}`), done, total });
    this.showBar(done, total);
  }

  took(milliseconds: number): void {
    this.lastTook = t("state.took", { milliseconds: milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds) });
  }

  idle(): void {
    if (!this.isReady) return;
    this.element.dataset["state"] = "ready";
    this.bar.hidden = true;
    this.text.textContent = this.lastTook ? `${t("state.ready")} · ${this.lastTook}` : t("state.ready");
  }

  private showBar(value: number, total: number): void {
    this.bar.hidden = false;
    this.bar.max = total;
    this.bar.value = value;
  }
}
