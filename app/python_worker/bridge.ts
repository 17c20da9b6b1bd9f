/**
 * What Python sees of JavaScript: the module `wardian_bridge`. Imported by `wardian/_platform.py` and
 * `wardian/session/_web.py` only.
 */

import type { PyodideAPI } from "pyodide";

import type { FromPython, SessionSpec, TensorData, ToPython, WireError } from "../shared/messages";
import { ownCanaryOf, sessionSpec, settledDevice } from "../shared/session_spec";
import type { ModelFile, Site } from "../shared/site";
import { Download, joined } from "../shared/store/download";
import { type Models, modelFile } from "../shared/store/manifest";
import { isLocal, type OwnModel, OwnModels, ownMarker } from "../shared/store/own_models";
import { ShardStore } from "../shared/store/shards";
import { DeviceFault, errorFrom } from "../shared/errors";
import type { Interrupt } from "../shared/interrupt";
import { DeviceFaults } from "./device_faults";
import { type Body, EngineClient } from "./engine_client";
import type { SitePackages } from "./packages";

export class Bridge {
  private readonly engines = new Map<string, EngineClient>();
  private readonly waiting = new Map<string, ((engine: EngineClient) => void)[]>();
  private readonly prefetched = new Map<string, Promise<Uint8Array>>();
  private readonly store: ShardStore;
  private readonly own: OwnModels;
  private readonly faults = new DeviceFaults();
  private pyodide: PyodideAPI | undefined;
  private packages: SitePackages | undefined;
  private interrupt: Interrupt | null = null;
  private settle: Settle | undefined;

  constructor(
    private readonly base: string,
    private readonly site: Site,
    private readonly send: (message: FromPython) => void,
  ) {
    this.store = new ShardStore(base);
    this.own = new OwnModels(base);
  }

  /** A visitor's own model that is in the page's memory alone. */
  addOwn(model: OwnModel): void {
    this.own.add(model);
  }

  attach(pyodide: PyodideAPI, packages: SitePackages, interrupt: Interrupt | null): void {
    this.packages = packages;
    this.pyodide = pyodide;
    this.interrupt = interrupt;
  }

  /** Python is ready to be told of the ends of runs. */
  answerTo(settle: Settle): void {
    this.settle = settle;
  }

  connect(owner: string, port: MessagePort): void {
    const engine = new EngineClient(port);
    this.engines.set(owner, engine);
    for (const resolve of this.waiting.get(owner) ?? []) resolve(engine);
    this.waiting.delete(owner);
  }

  lose(owner: string, reason: WireError): void {
    this.engines.get(owner)?.lose(reason);
    this.engines.delete(owner);
  }

  /** Files that the first request will read, fetched while Python starts; what fails is fetched again for it. */
  prefetch(files: Extract<ToPython, { type: "start" }>["prefetch"]): void {
    for (const file of files) {
      const read = this.read(file);
      read.catch(() => this.prefetched.delete(file.sha256));
      this.prefetched.set(file.sha256, read);
    }
  }

  /** The functions of the Python module `wardian_bridge`. */
  readonly module = {
    siteModels: () => this.site.models,

    /** The manifest of a visitor's own model, or null. */
    localModel: async (id: string): Promise<OwnModel | null> => {
      const found = await this.own.find(id);
      // Python has no use for the places in the visitor's files.
      return found ? ownMarker(found).own! : null;
    },

    localModels: async (): Promise<string[]> => (await this.own.list()).map(({ id }) => id),

    readModelFile: async (model: string, path: string): Promise<Uint8Array> => {
      const file = modelFile(await this.models(model), model, path);
      const early = this.prefetched.get(file.sha256);
      this.prefetched.delete(file.sha256);
      return early ?? this.read(file);
    },

    /** Loads further packages of the site's lock. */
    loadPackages: (names: string[]): Promise<void> => this.packages!.load(this.pyodide!, names),

    /** Where "auto" opens a model that has a graph for each device. */
    autoDevice: async (model: string) => settledDevice((await this.models(model)).models[model], "auto"),

    openSession: async (
      holder: number, owner: string, model: string, path: string, device: string, threads: number,
    ) => {
      const models = await this.models(model);
      const spec = sessionSpec(this.base, models, model, path, device as SessionSpec["device"], threads);
      return this.open(holder, owner, spec);
    },

    openSessionFromBytes: async (
      holder: number, owner: string, key: string, data: Uint8Array, device: string, threads: number, checked: boolean,
      optimization?: SessionSpec["optimization"],
    ) => {
      const canary = checked ? ownCanaryOf(data) : null;
      const spec: SessionSpec = { key, source: { data }, device: device as SessionSpec["device"], threads, canary };
      return this.open(holder, owner, optimization ? { ...spec, optimization } : spec);
    },

    /** Ends the owner's engine worker: its runs stop at once, its memory is given back. */
    endEngine: (owner: string) => this.endEngine(owner),

    engineBusy: (owner: string) => this.engines.get(owner)?.busy ?? false,

    /** Asked when Python is interrupted: whether the code of this request is to end. */
    interrupted: (request: number) => this.interrupt?.ends(request) ?? false,
  };

  /** Where a model is to be looked up. */
  private async models(model: string): Promise<Models> {
    return isLocal(model) ? this.own.site(model) : this.site;
  }

  private async read(file: ModelFile): Promise<Uint8Array> {
    return joined(file, await new Download(this.store, [file]).run());
  }

  private endEngine(owner: string): void {
    if (!this.engines.has(owner)) return;
    this.lose(owner, { kind: "CancelledError", message: "cancelled" });
    this.send({ type: "engine-unwanted", owner });
  }

  /** Opens a model, in another engine if the first dies, and on WASM if WebGPU is at fault a second time. */
  private async open(holder: number, owner: string, wanted: SessionSpec) {
    for (let died = 0; ; ) {
      const spec = this.faults.choose(wanted);
      const engine = await this.engine(owner);
      const faulted = (fault: DeviceFault) => this.faults.add(spec, fault);
      try {
        const session = new BridgeSession(holder, engine, spec, this.settle!, faulted, () => this.endEngine(owner));
        const answer = await session.open();
        const { device, threads, unchecked } = answer.opened;
        const note = unchecked === null
          ? this.faults.note(wanted, device)
          : { reason: "unchecked" as const, received: unchecked };
        if (note) this.send({ type: "device", owner, device, threads, ...note });
        return answer;
      } catch (error) {
        const known = errorFrom(error);
        if (this.faults.add(spec, known)) this.endEngine(owner);
        else if (known.wire.kind !== "EngineLostError" || died++ > 0) throw known;
      }
    }
  }

  private engine(owner: string): Promise<EngineClient> {
    const engine = this.engines.get(owner);
    if (engine) return Promise.resolve(engine);
    return new Promise((resolve) => {
      const waiting = this.waiting.get(owner);
      if (waiting) waiting.push(resolve);
      else {
        this.waiting.set(owner, [resolve]);
        this.send({ type: "engine-wanted", owner });
      }
    });
  }
}

/** Where the answers to `BridgeSession.run` go: `heads` and `data` as in `Tensors`. */
export type Settle = (call: number, heads: string, data: TensorData[], error: WireError | null) => void;

/**
 * One session, from Python's side. A run is one plain call with text, numbers and typed arrays, and its answer
 * one plain call back: awaiting a promise or converting objects costs Python ten times as much.
 */
class BridgeSession {
  private device: "wasm" | "webgpu" = "wasm";

  constructor(
    private readonly holder: number,
    private readonly engine: EngineClient,
    private readonly spec: SessionSpec,
    private readonly settle: Settle,
    private readonly faulted: (fault: DeviceFault) => void,
    private readonly endEngine: () => void,
  ) {}

  async open() {
    const opened = await this.engine.call({ type: "open", spec: this.spec, holder: this.holder }, []);
    this.device = opened.device;
    return { session: this, opened };
  }

  /** False once its engine worker was ended; Python then opens the session anew. */
  get alive(): boolean {
    return this.engine.alive;
  }

  /** What these are, `ToEngine` says; the texts are read in the engine. */
  run(call: number, heads: string, data: TensorData[], fetches: string, keep: string, append: string, at: number): void {
    const transfer = data.flatMap((item) => (Array.isArray(item) ? [] : [item.buffer as ArrayBuffer]));
    this.ask(call, { type: "run", key: this.spec.key, feeds: { heads, data }, fetches, keep, append, at }, transfer);
  }

  /** Other rows of kept tensors, in their place. */
  gather(call: number, handles: number[], rows: number[]): void {
    this.ask(call, { type: "gather", key: this.spec.key, handles, rows }, []);
  }

  private ask(call: number, message: Extract<Body, { type: "run" | "gather" }>, transfer: ArrayBuffer[]): void {
    this.engine.call(message, transfer).then(({ outputs }) => this.settle(call, outputs.heads, outputs.data, null), (error: unknown) => {
      if (error instanceof DeviceFault) this.faulted(error);
      // After a failed run the WebGPU build never answers again: the next run opens the model in a new engine.
      if (this.device === "webgpu" && this.alive) this.endEngine();
      this.settle(call, "[]", [], errorFrom(error).wire);
    });
  }

  release(handles: number[]): void {
    this.engine.tell({ type: "release", key: this.spec.key, handles });
  }

  async close(): Promise<void> {
    await this.engine.call({ type: "close", key: this.spec.key, holder: this.holder }, []);
  }
}
