/** The Python worker: started, watched, and started again when it died or had to be ended. */

import { WardianError } from "../../shared/errors";
import type { Interrupt } from "../../shared/interrupt";
import type { FromPython, ToPython, WireError } from "../../shared/messages";
import { WatchedWorker, type WorkerScript } from "./watched_worker";

/** A Python that dies this often in a row, without one result between, is not started again. */
const MOST_DEATHS = 3;

type Start = Omit<Extract<ToPython, { type: "start" }>, "type" | "lifeline" | "interrupt">;

interface Hooks {
  onmessage(message: FromPython): void;
  /** A new Python is starting in place of one that died. */
  onrestart(reason: WireError): void;
  /** Python did not start, or died too often: nothing works until `restart()`. */
  onfailure(reason: WireError): void;
}

export class PythonWorker {
  /** Counts the interpreters: what was opened in another one is not open in this one. */
  generation = 0;
  /** Whether it answers requests; before, they wait. */
  ready = false;
  failure: WireError | undefined;
  private worker!: WatchedWorker<ToPython, FromPython>;
  private deaths = 0;

  constructor(
    private readonly script: WorkerScript,
    private readonly startMessage: (first: boolean) => Start,
    private readonly interrupt: Interrupt | null,
    private readonly hooks: Hooks,
  ) {
    this.start();
  }

  post(message: ToPython, transfer: Transferable[] = []): void {
    this.worker.post(message, transfer);
  }

  /** As `WatchedWorker.ask`. */
  ask(): number {
    return this.worker.ask();
  }

  /** Starts Python again, after a failure or because it does not stop otherwise. */
  restart(): void {
    this.worker.end();
    this.failure = undefined;
    this.start();
  }

  private start(): void {
    this.generation++;
    this.ready = false;
    this.interrupt?.reset();
    this.worker = new WatchedWorker(this.script, "wardian-python", {
      onmessage: (message) => this.received(message),
      ondeath: (reason) => this.died(reason),
    });
    const { lifeline } = this.worker;
    this.post({ type: "start", ...this.startMessage(this.generation === 1), lifeline, interrupt: this.interrupt?.cells ?? null });
  }

  private received(message: FromPython): void {
    if (message.type === "stage" && message.stage === "ready") this.ready = true;
    if (message.type === "answer" && message.answer.type === "result") this.deaths = 0;
    if (message.type === "failed") this.fail(message.error);
    else if (message.type === "fatal") this.worker.dead(message.message);
    else this.hooks.onmessage(message);
  }

  private died(reason: WireError): void {
    this.deaths++;
    if (this.deaths >= MOST_DEATHS) return this.fail(reason);
    this.start();
    this.hooks.onrestart(reason);
  }

  private fail(reason: WireError): void {
    this.worker.end();
    this.ready = false;
    this.deaths = 0;
    this.failure = reason;
    this.hooks.onfailure(reason);
  }
}

/** What a caller is told whose request went down with the worker. */
export function lostRequest(reason: WireError): WardianError {
  const { kind, received } = reason;
  // It did not even come: that names the file.
  if (kind === "DownloadError") return new WardianError(reason);
  return new WardianError({
    kind: "WorkerLostError",
    message: "Python stopped before it had an answer. It is starting again.",
    received: received ?? null,
    hint: "Try again; nothing you entered is lost.",
  });
}
