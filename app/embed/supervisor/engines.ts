/** The engine workers, one an owner: started when Python wants one, connected to Python by a port. */

import type { DownloadState, FromEngine, SessionSpec, ToEngine, WireError } from "../../shared/messages";
import type { Integrity } from "../../shared/verified_fetch";
import { WatchedWorker, type WorkerScript } from "./watched_worker";

type EngineWorker = WatchedWorker<ToEngine, Extract<FromEngine, { type: "progress" }>>;

interface Hooks {
  /** The end of a channel that Python is to have. */
  connect(owner: string, port: MessagePort): void;
  download(owner: string, state: DownloadState): void;
  lost(owner: string, reason: WireError): void;
}

export class Engines {
  private readonly workers = new Map<string, EngineWorker>();

  constructor(
    private readonly script: WorkerScript, private readonly ort: string, private readonly integrity: Integrity, private readonly hooks: Hooks,
  ) {}

  /** `early` is a model to open at once, before Python asks for it. */
  start(owner: string, early?: Promise<SessionSpec | undefined>): void {
    this.end(owner);
    const worker: EngineWorker = new WatchedWorker(this.script, `wardian-engine ${owner}`, {
      onmessage: (state) => this.hooks.download(owner, state),
      ondeath: (reason) => {
        this.workers.delete(owner);
        this.hooks.lost(owner, reason);
      },
    });
    this.workers.set(owner, worker);
    this.connect(owner, worker);
    void early?.then((spec) => spec && this.workers.get(owner) === worker && worker.post({ type: "open", id: 0, spec }));
  }

  /** How to ask an owner's engine for a sign of life; undefined if there is none. */
  asking(owner: string): (() => number) | undefined {
    const worker = this.workers.get(owner);
    return worker && (() => worker.ask());
  }

  post(owner: string, message: ToEngine): void {
    this.workers.get(owner)?.post(message);
  }

  /** Ends an owner's worker: its runs stop at once, its memory is given back. False if there is none. */
  end(owner: string): boolean {
    this.workers.get(owner)?.end();
    return this.workers.delete(owner);
  }

  endAll(): void {
    for (const owner of [...this.workers.keys()]) this.end(owner);
  }

  /** Python was started again: it gets new ports to the engines that are idle, whose models stay loaded. */
  reconnect(busy: (owner: string) => boolean): void {
    for (const [owner, worker] of [...this.workers]) {
      if (busy(owner)) this.end(owner);
      else this.connect(owner, worker);
    }
  }

  private connect(owner: string, worker: EngineWorker): void {
    const { port1, port2 } = new MessageChannel();
    worker.post({ type: "connect", ort: this.ort, integrity: this.integrity, lifeline: worker.lifeline, port: port1 }, [port1]);
    this.hooks.connect(owner, port2);
  }
}
