/** The seconds that a run takes, shown once it takes more than a few. Not announced: a number a second is noise. */

import { h } from "./dom";
import { t } from "./i18n";

/** Milliseconds before anything is shown. */
const AFTER = 3_000;

export class Elapsed {
  readonly element = h("span", { class: "status-elapsed", hidden: true });
  private timer: ReturnType<typeof setInterval> | undefined;

  /** `onlong` is called once, when the seconds appear. */
  start(onlong: () => void): void {
    this.stop();
    const began = performance.now();
    this.timer = setInterval(() => {
      const taken = performance.now() - began;
      if (taken < AFTER) return;
      this.element.textContent = t("download.seconds", { count: Math.round(taken / 1000) });
      if (!this.element.hidden) return;
      this.element.hidden = false;
      onlong();
    }, 1_000);
  }

  stop(): void {
    clearInterval(this.timer);
    this.element.hidden = true;
  }
}
