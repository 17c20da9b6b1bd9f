/**
 * The two kinds of workers, seen from a page: starts them in parallel, routes requests and answers, and keeps
 * them running (`supervisor/`). Used by the app's own page and by the JavaScript API alike.
 */

import { cancelled, WardianError } from "../shared/errors";
import { Interrupt } from "../shared/interrupt";
import type {
  Answer, Device, DeviceNote, DownloadAction, DownloadState, FromPython, Request, SessionSpec, WireError,
} from "../shared/messages";
import { dtypePath, sessionSpec, settledDevice } from "../shared/session_spec";
import type { Site } from "../shared/site";
import { smallFiles } from "../shared/store/manifest";
import { type OwnModel, OwnModels } from "../shared/store/own_models";
import { integrityAt } from "../shared/verified_fetch";
import { Call, type RequestOptions } from "./supervisor/call";
import { Cancels } from "./supervisor/cancels";
import { Engines } from "./supervisor/engines";
import { type Asked, Pulse, type Silence } from "./supervisor/pulse";
import { lostRequest, PythonWorker } from "./supervisor/python";
import { ownerOf, Reopening } from "./supervisor/reopening";

export interface StartOptions {
  /** Models whose small files the first request reads: fetched while Python starts. */
  read?: string[];
  /** Pyodide packages to load at boot, beyond numpy and wardian. */
  packages?: string[];
  /** A model to load while Python starts. */
  open?: { owner: string; model: string; dtype: string | null; device: Device; threads: number } | undefined;
}

/**
 * Events: `stage`, `download` (bytes of a model), `device` (WebGPU failed, and a model runs on WASM), `silent` (a
 * worker at work computes without a pause, or hangs), `restarting` (Python died or had to be ended, and starts
 * again), `failed` (Python did not start).
 */
export interface RuntimeEvents {
  stage: { stage: "runtime" | "packages" | "ready"; milliseconds: number };
  download: { owner: string } & DownloadState;
  device: DeviceNote;
  silent: Silence;
  restarting: WireError;
  failed: WireError;
}

export class Runtime {
  private readonly calls = new Map<number, Call>();
  private readonly listeners = new Map<keyof RuntimeEvents, Set<(event: never) => void>>();
  private readonly interrupt = Interrupt.create();
  private readonly cancels = new Cancels(this.interrupt, () => this.endStuckPython());
  private readonly reopening = new Reopening(() => this.python.generation, (request) => this.send(request, {}, true));
  private readonly pulse = new Pulse(() => this.atWork(), (silence) => this.emit("silent", silence));
  private readonly engines: Engines;
  private readonly python: PythonWorker;
  /** Models of the visitor's own, also those that are not kept. */
  readonly own: OwnModels;
  private nextRequest = 1;

  constructor(
    readonly base: string,
    readonly site: Site,
    private readonly options: StartOptions = {},
  ) {
    this.own = new OwnModels(base);
    const script = (path: string) => ({ url: new URL(path, base).href, integrity: site.integrity[path] });
    this.python = new PythonWorker(script(site.urls.python_worker), (first) => this.startMessage(first), this.interrupt, {
      onmessage: (message) => this.fromPython(message),
      onrestart: (reason) => this.restarted(reason, false),
      onfailure: (reason) => this.failed(reason),
    });
    this.engines = new Engines(script(site.urls.engine_worker), new URL(site.urls.ort, base).href, integrityAt(base, site.integrity), {
      connect: (owner, port) => this.python.post({ type: "engine", owner, port }, [port]),
      download: (owner, state) => this.emit("download", { ...state, owner }),
      lost: (owner, reason) => this.python.post({ type: "engine-lost", owner, reason }),
    });
    const { open } = options;
    if (open) this.engines.start(open.owner, this.specOf(open));
  }

  on<E extends keyof RuntimeEvents>(event: E, listener: (detail: RuntimeEvents[E]) => void): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set);
    set.add(listener as (event: never) => void);
    return () => set.delete(listener as (event: never) => void);
  }

  /** Why Python did not start; until `restart()`, every request fails with it. */
  get failure(): WireError | undefined {
    return this.python.failure;
  }

  /** One request to `wardian.worker`; resolves with its result, rejects with a `WardianError`. */
  request(request: Request, options: RequestOptions = {}): Promise<unknown> {
    return this.send(request, options, false);
  }

  /** Lets Python, this one and later ones, open a model that could not be kept. */
  addOwn(model: OwnModel): void {
    this.own.add(model);
    this.python.post({ type: "own", model });
  }

  /** Ends an owner's engine worker and gives its memory back. */
  endEngine(owner: string): void {
    if (!this.engines.end(owner)) return;
    this.python.post({ type: "engine-lost", owner, reason: cancelled().wire });
  }

  /** Holds, continues or ends the download of an owner's model. */
  control(owner: string, action: DownloadAction): void {
    this.engines.post(owner, { type: "download", action });
  }

  /** Starts all workers again, because Python failed or nothing moves; what was asked is asked again. */
  restart(): void {
    this.engines.endAll();
    this.python.restart();
    this.restarted({ kind: "CancelledError", message: "Everything is started again." }, true);
  }

  /** `replay`: it opens again what is known already. */
  private send(request: Request, { signal, onAnswer }: RequestOptions, replay: boolean): Promise<unknown> {
    if (this.failure) return Promise.reject(new WardianError(this.failure));
    if (signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const call = new Call(this.nextRequest++, request, replay, onAnswer);
      const abort = () => {
        // The caller is answered at once; the workers are made to stop.
        reject(cancelled());
        this.cancel(call);
      };
      signal?.addEventListener("abort", abort, { once: true });
      call.onend = (error, value) => {
        signal?.removeEventListener("abort", abort);
        if (error) reject(error);
        else resolve(value);
      };
      this.calls.set(call.id, call);
      this.pulse.begin();
      this.dispatch(call);
    });
  }

  private dispatch(call: Call): void {
    const attempt = ++call.attempts;
    const before = call.replay ? undefined : this.reopening.before(call.request);
    if (!before) return this.post(call);
    call.posted = false;
    before.then(
      () => call.attempts === attempt && this.calls.has(call.id) && this.post(call),
      (error: WardianError) => call.attempts === attempt && this.end(call, error),
    );
  }

  private post(call: Call): void {
    call.posted = true;
    this.python.post({ type: "request", id: call.id, request: call.request });
  }

  private cancel(call: Call): void {
    if (!call.posted) return void this.calls.delete(call.id);
    call.cancelled = true;
    this.python.post({ type: "cancel", id: call.id });
    // While Python starts, a cancelled request has not begun.
    if (this.python.ready) this.cancels.begin(call.id);
  }

  private end(call: Call, error: WardianError | null, value?: unknown): void {
    this.calls.delete(call.id);
    this.cancels.answered(call.id);
    if (!error && !call.replay) this.reopening.after(call.request);
    call.onend(error, value);
  }

  private endStuckPython(): void {
    const reason = { kind: "CancelledError", message: "A run that was cancelled did not stop; Python starts again." };
    this.python.restart();
    this.restarted(reason, true);
  }

  /**
   * Another Python is starting: what was asked of the one before is asked again where that is safe. `innocent`
   * says that none of these requests was why it ended; one that was would only end the next one, too.
   */
  private restarted(reason: WireError, innocent: boolean): void {
    this.cancels.clear();
    const calls = [...this.calls.values()];
    // An engine at work would answer the Python that is gone, and its owner would wait for that.
    const busy = new Set(calls.filter((call) => call.cancelled || call.runs).map((call) => ownerOf(call.request)));
    this.engines.reconnect((owner) => busy.has(owner));
    for (const call of calls) {
      if (call.cancelled) this.calls.delete(call.id);
      else if (call.mayRepeat(innocent)) this.dispatch(call);
      else this.end(call, lostRequest(reason));
    }
    this.emit("restarting", reason);
  }

  /** The workers of whom somebody waits for an answer. */
  private atWork(): Asked[] {
    const owners = new Set([...this.calls.values()].map((call) => ownerOf(call.request)));
    const engines = [...owners].flatMap((owner): Asked[] => {
      const ask = this.engines.asking(owner);
      return ask ? [{ worker: "engine", owner, ask }] : [];
    });
    return owners.size > 0 ? [{ worker: "python", owner: null, ask: () => this.python.ask() }, ...engines] : [];
  }

  private startMessage(first: boolean) {
    const { open, read = [], packages = [] } = this.options;
    const { models } = this.site;
    const wanted = first ? [...read, ...(open ? [open.model] : [])] : [];
    const prefetch = wanted.flatMap((id) => (models[id] ? smallFiles(models[id]) : []));
    return { base: this.base, site: this.site, packages, prefetch, own: this.own.inMemory };
  }

  private async specOf({ model, dtype, device, threads }: NonNullable<StartOptions["open"]>): Promise<SessionSpec | undefined> {
    const manifest = this.site.models[model];
    const settled = await settledDevice(manifest, device);
    return manifest && sessionSpec(this.base, this.site, model, dtypePath(manifest, dtype, settled), settled, threads);
  }

  private fromPython(message: FromPython): void {
    switch (message.type) {
      case "stage":
        this.emit("stage", message);
        break;
      case "device":
        this.emit("device", message);
        break;
      case "engine-wanted":
        this.engines.start(message.owner);
        break;
      case "engine-unwanted":
        this.engines.end(message.owner);
        break;
      case "answer":
        this.answered(message.id, message.answer);
        break;
    }
  }

  private answered(id: number, answer: Answer): void {
    const call = this.calls.get(id);
    if (!call) return;
    if (answer.type === "progress" || answer.type === "partial") {
      if (call.cancelled) this.cancels.heard();
      else call.heard(answer);
    } else if (call.cancelled) {
      this.calls.delete(id);
      this.cancels.answered(id);
    } else if (answer.type === "result") this.end(call, null, answer.value);
    else this.end(call, new WardianError(answer.error));
  }

  private failed(error: WireError): void {
    this.cancels.clear();
    for (const call of [...this.calls.values()]) this.end(call, new WardianError(error));
    this.emit("failed", error);
  }

  private emit<E extends keyof RuntimeEvents>(event: E, detail: RuntimeEvents[E]): void {
    for (const listener of this.listeners.get(event) ?? []) (listener as (detail: RuntimeEvents[E]) => void)(detail);
  }
}
