/**
 * The two kinds of workers, seen from a page: starts them in parallel, routes requests and answers, replaces an
 * engine that was cancelled or crashed. Used by the app's own page and by the JavaScript API alike.
 */

import { cancelled, WardianError } from "../shared/errors";
import type {
  Answer, Device, DownloadAction, DownloadState, FromEngine, FromPython, Request, SessionSpec, ToEngine, ToPython, WireError,
} from "../shared/messages";
import { dtypePath, sessionSpec } from "../shared/session_spec";
import type { Site } from "../shared/site";
import { smallFiles } from "../shared/store/manifest";

export interface StartOptions {
  /** Models whose small files the first request reads: fetched while Python starts. */
  read?: string[];
  /** Pyodide packages to load at boot, beyond numpy and wardian. */
  packages?: string[];
  /** A model to load while Python starts. */
  open?: { owner: string; model: string; dtype: string | null; device: Device; threads: number } | undefined;
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  onAnswer?: (answer: Extract<Answer, { type: "progress" | "partial" }>) => void;
}

/** Events: `stage`, `download` (bytes of a model), `failed` (Python did not start). */
export interface RuntimeEvents {
  stage: { stage: "runtime" | "packages" | "ready"; milliseconds: number };
  download: { owner: string } & DownloadState;
  failed: WireError;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: WardianError): void;
  onAnswer: RequestOptions["onAnswer"];
}

export class Runtime {
  private python: Worker;
  private readonly engines = new Map<string, Worker>();
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<keyof RuntimeEvents, Set<(event: never) => void>>();
  private nextRequest = 1;
  private failure: WireError | undefined;

  constructor(
    readonly base: string,
    readonly site: Site,
    private readonly options: StartOptions = {},
  ) {
    this.python = this.startPython();
    const { open } = options;
    if (open) this.startEngine(open.owner, this.specOf(open));
  }

  on<E extends keyof RuntimeEvents>(event: E, listener: (detail: RuntimeEvents[E]) => void): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set);
    set.add(listener as (event: never) => void);
    return () => set.delete(listener as (event: never) => void);
  }

  /** One request to `wardian.worker`; resolves with its result, rejects with a `WardianError`. */
  request(request: Request, { signal, onAnswer }: RequestOptions = {}): Promise<unknown> {
    if (this.failure) return Promise.reject(new WardianError(this.failure));
    if (signal?.aborted) return Promise.reject(cancelled());
    const id = this.nextRequest++;
    return new Promise((resolve, reject) => {
      const abort = () => {
        // The caller is answered at once; the workers stop in their own time.
        this.pending.delete(id);
        this.tell({ type: "cancel", id });
        reject(cancelled());
      };
      signal?.addEventListener("abort", abort, { once: true });
      const settle = <T>(how: (value: T) => void) => (value: T) => {
        signal?.removeEventListener("abort", abort);
        how(value);
      };
      this.pending.set(id, { resolve: settle(resolve), reject: settle(reject), onAnswer });
      this.tell({ type: "request", id, request });
    });
  }

  /** Ends an owner's engine worker and gives its memory back. */
  endEngine(owner: string): void {
    this.engines.get(owner)?.terminate();
    this.engines.delete(owner);
  }

  /** Holds, continues or ends the download of an owner's model. */
  control(owner: string, action: DownloadAction): void {
    this.engines.get(owner)?.postMessage({ type: "download", action } satisfies ToEngine);
  }

  /** Starts Python again after it failed to start. */
  restart(): void {
    this.python.terminate();
    for (const owner of [...this.engines.keys()]) this.endEngine(owner);
    this.failure = undefined;
    this.python = this.startPython();
  }

  private startPython(): Worker {
    const { urls, models } = this.site;
    const worker = new Worker(new URL(urls.python_worker, this.base), { type: "module", name: "wardian-python" });
    worker.onmessage = ({ data }: MessageEvent<FromPython>) => this.fromPython(data);
    worker.onerror = (event) => this.pythonFailed(workerError("The Python worker stopped", event));
    const { open, read = [] } = this.options;
    const prefetch = [...read, ...(open ? [open.model] : [])].flatMap((id) =>
      models[id] ? smallFiles(models[id]) : []);
    this.tell({ type: "start", base: this.base, site: this.site, packages: this.options.packages ?? [], prefetch }, worker);
    return worker;
  }

  private startEngine(owner: string, early?: SessionSpec): void {
    const worker = new Worker(new URL(this.site.urls.engine_worker, this.base), { type: "module", name: `wardian-engine ${owner}` });
    const { port1, port2 } = new MessageChannel();
    this.engines.set(owner, worker);
    worker.onmessage = ({ data }: MessageEvent<FromEngine>) => {
      if (data.type === "progress") this.emit("download", { ...data, owner });
    };
    worker.onerror = (event) => {
      this.endEngine(owner);
      this.tell({ type: "engine-lost", owner, reason: workerError("The engine worker stopped", event) });
    };
    const connect: ToEngine = { type: "connect", ort: new URL(this.site.urls.ort, this.base).href, port: port1 };
    worker.postMessage(connect, [port1]);
    if (early) worker.postMessage({ type: "open", id: 0, spec: early } satisfies ToEngine);
    this.python.postMessage({ type: "engine", owner, port: port2 } satisfies ToPython, [port2]);
  }

  private specOf({ model, dtype, device, threads }: NonNullable<StartOptions["open"]>): SessionSpec | undefined {
    const manifest = this.site.models[model];
    return manifest && sessionSpec(this.base, this.site, model, dtypePath(manifest, dtype), device, threads);
  }

  private fromPython(message: FromPython): void {
    switch (message.type) {
      case "stage":
        this.emit("stage", message);
        break;
      case "failed":
        this.pythonFailed(message.error);
        break;
      case "engine-wanted":
        this.startEngine(message.owner);
        break;
      case "engine-unwanted":
        this.endEngine(message.owner);
        break;
      case "answer":
        this.answered(message.id, message.answer);
        break;
    }
  }

  private answered(id: number, answer: Answer): void {
    const pending = this.pending.get(id);
    if (!pending) return;
    if (answer.type === "progress" || answer.type === "partial") {
      pending.onAnswer?.(answer);
      return;
    }
    this.pending.delete(id);
    if (answer.type === "result") pending.resolve(answer.value);
    else pending.reject(new WardianError(answer.error));
  }

  private pythonFailed(error: WireError): void {
    this.failure = error;
    for (const { reject } of this.pending.values()) reject(new WardianError(error));
    this.pending.clear();
    this.emit("failed", error);
  }

  private tell(message: ToPython, worker = this.python): void {
    worker.postMessage(message);
  }

  private emit<E extends keyof RuntimeEvents>(event: E, detail: RuntimeEvents[E]): void {
    for (const listener of this.listeners.get(event) ?? []) (listener as (detail: RuntimeEvents[E]) => void)(detail);
  }
}

function workerError(what: string, event: ErrorEvent): WireError {
  return {
    kind: "WorkerError",
    message: `${what}: ${event.message || "its script could not be loaded"}`,
    hint: "Check the connection and reload the page.",
  };
}
