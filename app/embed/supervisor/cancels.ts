/**
 * The deadline of a cancel. Python is told, and answers at its next await. If it does not await, it is
 * interrupted where the page is isolated; if that does not help, its worker is ended and started again.
 */

import type { Interrupt } from "../../shared/interrupt";

const INTERRUPT_AFTER = 100;
const END_AFTER = 250;
/** Python is at work for another request, or does answer: it is given the time to come to its next await. */
const END_AT_LAST = 2_000;
const HEARD_WITHIN = 100;

export class Cancels {
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>();
  private lastHeard = -Infinity;

  /** `end` is called when Python has to go. */
  constructor(private readonly interrupt: Interrupt | null, private readonly end: () => void) {}

  begin(request: number): void {
    const began = performance.now();
    this.interrupt?.announce(request);
    const decide = () => {
      const now = performance.now();
      const lives = this.interrupt?.seen(request) || now - this.lastHeard < HEARD_WITHIN;
      if (lives && now - began < END_AT_LAST) this.later(request, HEARD_WITHIN, decide);
      else this.end();
    };
    this.later(request, INTERRUPT_AFTER, () => {
      this.interrupt?.signal();
      this.later(request, END_AFTER - INTERRUPT_AFTER, decide);
    });
  }

  /** Part of an answer came: Python was not stuck when it sent it. */
  heard(): void {
    this.lastHeard = performance.now();
  }

  answered(request: number): void {
    if (this.timers.size === 0) return;
    clearTimeout(this.timers.get(request));
    if (this.timers.delete(request)) this.interrupt?.forget(request);
  }

  clear(): void {
    for (const request of [...this.timers.keys()]) this.answered(request);
  }

  private later(request: number, milliseconds: number, what: () => void): void {
    this.timers.set(request, setTimeout(what, milliseconds));
  }
}
