/** A worker whose end is noticed, whatever ended it: an error, memory, `close()`, or a script that never came. */

import { errorFrom } from "../../shared/errors";
import { watchLifeline } from "../../shared/lifeline";
import type { WireError } from "../../shared/messages";
import { verifyScript } from "../../shared/verified_fetch";

/** A worker's script is small; one that does not run by then does not come. */
const STARTS_WITHIN = 60_000;

export interface WorkerScript {
  url: string;
  integrity: string | undefined;
}

export interface Hooks<In> {
  onmessage(message: In): void;
  /** Called once, and not after `end()`. */
  ondeath(reason: WireError): void;
}

export class WatchedWorker<Out extends { type: string }, In extends { type: string }> {
  /** The name of the lock that the worker is to hold; part of its first message. */
  readonly lifeline = `wardian-${crypto.randomUUID()}`;
  private worker: Worker | undefined;
  /** What is to be said to it before its script has been verified. */
  private readonly waiting: { message: unknown; transfer: Transferable[] }[] = [];
  private readonly watch = new AbortController();
  private readonly start: ReturnType<typeof setTimeout>;
  private alive = false;
  /** When it was asked for a sign of life that it has not given yet. */
  private asked: number | undefined;

  /** `integrity` is that of its script, as `fetch` takes it. */
  constructor({ url, integrity }: WorkerScript, private readonly name: string, private readonly hooks: Hooks<In>) {
    this.start = setTimeout(() => this.dead(`it did not start in ${STARTS_WITHIN / 1000} seconds`), STARTS_WITHIN);
    verifyScript(url, integrity).then(
      () => this.watch.signal.aborted || this.run(url),
      (error: unknown) => this.gone(errorFrom(error).wire),
    );
  }

  private run(url: string): void {
    this.worker = new Worker(url, { type: "module", name: this.name });
    this.worker.onmessage = ({ data }: MessageEvent<In>) => {
      this.asked = undefined;
      if (data.type === "alive") this.isAlive();
      else if (data.type !== "pong") this.hooks.onmessage(data);
    };
    // After it runs, an error outside of all requests (in a timer of a task's author, say) does not end a worker.
    this.worker.onerror = (event) => {
      if (!this.alive) this.dead(event.message || "its script could not be loaded");
    };
    // An answer that cannot be read is lost, and whoever waits for it would wait for ever.
    this.worker.onmessageerror = () => this.dead("an answer could not be read");
    for (const { message, transfer } of this.waiting.splice(0)) this.worker.postMessage(message, transfer);
  }

  post(message: Out, transfer: Transferable[] = []): void {
    if (this.worker) this.worker.postMessage(message, transfer);
    else this.waiting.push({ message, transfer });
  }

  /** Asks for a sign of life unless it owes one; milliseconds since it was asked. Before it runs there is none. */
  ask(): number {
    if (!this.alive) return 0;
    const now = performance.now();
    if (this.asked === undefined) {
      this.asked = now;
      this.worker?.postMessage({ type: "ping" });
    }
    return now - this.asked;
  }

  end(): void {
    if (this.watch.signal.aborted) return;
    this.watch.abort();
    clearTimeout(this.start);
    if (!this.worker) return;
    this.worker.onmessage = this.worker.onerror = this.worker.onmessageerror = null;
    this.worker.terminate();
  }

  /** Ends it because it is of no use any more. */
  dead(received: string): void {
    this.gone({
      kind: "WorkerLostError",
      message: "A part of the page that computes stopped.",
      received,
      hint: this.alive ? "Try again; nothing you entered is lost." : "Check the connection and try again.",
    });
  }

  private gone(reason: WireError): void {
    if (this.watch.signal.aborted) return;
    this.end();
    this.hooks.ondeath(reason);
  }

  private isAlive(): void {
    this.alive = true;
    clearTimeout(this.start);
    watchLifeline(this.lifeline, this.watch.signal, () => this.dead("it ended by itself, or ran out of memory"));
  }
}
