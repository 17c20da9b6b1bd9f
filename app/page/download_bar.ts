/** The progress of a model's download: bytes, speed, remaining time, and buttons to hold or to end it. */

import type { DownloadAction, DownloadState } from "../shared/messages";
import { h } from "./dom";
import { megabytes, t } from "./i18n";

/** Seconds over which the speed is averaged. */
const WINDOW = 5;

/** Seconds before bar and buttons appear: what comes from the cache is there sooner. */
const PATIENCE = 0.5;

export class DownloadBar {
  readonly element: HTMLElement;
  private readonly bar = h("progress", { class: "status-bar", "aria-label": t("state.model") });
  private readonly rate = h("span", { class: "status-rate" });
  private readonly hold: HTMLButtonElement;
  private samples: { at: number; loaded: number }[] = [];
  private paused = false;
  private began: number | undefined;

  constructor(act: (action: DownloadAction) => void) {
    this.hold = h("button", { type: "button", class: "chip", onclick: () => act(this.paused ? "resume" : "pause") });
    this.element = h("span", { class: "status-download", hidden: true }, this.bar, this.rate, this.hold,
      h("button", { type: "button", class: "chip", onclick: () => act("cancel") }, t("download.cancel")));
  }

  /** Shows the state and returns it in words. */
  show({ loaded, total, state, reason }: DownloadState): string {
    this.began ??= performance.now();
    this.element.hidden = performance.now() - this.began < PATIENCE * 1000;
    this.bar.max = total;
    this.bar.value = loaded;
    this.paused = state === "paused";
    this.hold.textContent = t(this.paused ? "download.resume" : "download.pause");
    const values = { loaded: megabytes(loaded), total: megabytes(total), reason: reason ?? "" };
    this.rate.textContent = state === "loading" ? this.speed(loaded, total) : "";
    if (state !== "loading") this.samples = [];
    return t(`download.${state}`, values);
  }

  hide(): void {
    this.element.hidden = true;
    this.began = undefined;
    this.rate.textContent = "";
    this.samples = [];
  }

  /** Empty until there is a second to measure. */
  private speed(loaded: number, total: number): string {
    const at = performance.now() / 1000;
    this.samples = [...this.samples.filter((sample) => sample.at > at - WINDOW && sample.loaded <= loaded), { at, loaded }];
    const first = this.samples[0]!;
    const rate = (loaded - first.loaded) / (at - first.at);
    if (at - first.at < 1 || rate <= 0) return "";
    return t("download.rate", { rate: megabytes(rate), left: remaining((total - loaded) / rate) });
  }
}

function remaining(seconds: number): string {
  return seconds < 90
    ? t("download.seconds", { count: Math.max(1, Math.round(seconds)) })
    : t("download.minutes", { count: Math.round(seconds / 60) });
}
