/**
 * What Python sees of JavaScript: the module `wardian_bridge`. Imported by `wardian/_platform.py` and
 * `wardian/session/_web.py` only.
 */

import type { PyodideAPI } from "pyodide";

import type { DType, FromPython, KeptTensor, SessionSpec, TensorData, ToPython, WireError, WireTensor } from "../shared/messages";
import { modelFile, modelFileUrl, readModelFile, type VerifiedFile } from "../shared/model_store";
import { sessionSpec } from "../shared/session_spec";
import type { Site } from "../shared/site";
import { WardianError } from "../shared/errors";
import { EngineClient } from "./engine_client";

export class Bridge {
  private readonly engines = new Map<string, EngineClient>();
  private readonly waiting = new Map<string, ((engine: EngineClient) => void)[]>();
  private readonly prefetched = new Map<string, Promise<VerifiedFile>>();
  private pyodide: PyodideAPI | undefined;

  constructor(
    private readonly base: string,
    private readonly site: Site,
    private readonly send: (message: FromPython) => void,
  ) {}

  attach(pyodide: PyodideAPI): void {
    this.pyodide = pyodide;
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

  /** Files that the first request will read, fetched while Python starts. */
  prefetch(files: Extract<ToPython, { type: "start" }>["prefetch"]): void {
    for (const { url, file } of files) {
      const read = readModelFile(url, file);
      read.catch(() => undefined);
      this.prefetched.set(url, read);
    }
  }

  /** The functions of the Python module `wardian_bridge`. */
  readonly module = {
    siteModels: () => this.site.models,

    siteModelUrl: (model: string, path: string) => modelFileUrl(this.base, model, modelFile(this.site, model, path)),

    readModelFile: async (model: string, path: string): Promise<Uint8Array> => {
      const file = modelFile(this.site, model, path);
      const url = modelFileUrl(this.base, model, file);
      const early = this.prefetched.get(url);
      this.prefetched.delete(url);
      return (await (early ?? readModelFile(url, file))).bytes;
    },

    /** Loads further Pyodide packages of the site's lock. */
    loadPackages: async (names: string[]): Promise<void> => {
      const needed = names.filter((name) => !(name in this.pyodide!.loadedPackages));
      if (needed.length > 0) await this.pyodide!.loadPackage(needed);
      const missing = names.filter((name) => !(name in this.pyodide!.loadedPackages));
      if (missing.length === 0) return;
      throw new WardianError({
        kind: "DownloadError",
        message: `the Python packages ${missing.join(", ")} could not be loaded`,
        value: missing.join(", "),
        hint: "Check the connection and try again.",
      });
    },

    openSession: async (owner: string, model: string, path: string, device: string, threads: number) => {
      const spec = sessionSpec(this.base, this.site, model, path, device as SessionSpec["device"], threads);
      return this.open(owner, spec);
    },

    openSessionFromBytes: async (owner: string, key: string, data: Uint8Array, device: string, threads: number) => {
      const spec = { key, source: { data }, device: device as SessionSpec["device"], threads };
      return this.open(owner, spec);
    },

    /** Ends the owner's engine worker: its runs stop at once, its memory is given back. */
    endEngine: (owner: string) => this.endEngine(owner),

    engineBusy: (owner: string) => this.engines.get(owner)?.busy ?? false,
  };

  private endEngine(owner: string): void {
    if (!this.engines.has(owner)) return;
    this.lose(owner, { kind: "CancelledError", message: "cancelled" });
    this.send({ type: "engine-unwanted", owner });
  }

  private async open(owner: string, spec: SessionSpec) {
    return new BridgeSession(await this.engine(owner), spec, () => this.endEngine(owner)).open();
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

const numbers = (text: string) => (text === "" ? [] : text.split(" ").map(Number));
const lines = (text: string) => (text === "" ? [] : text.split("\n"));

/**
 * One session, from Python's side. Feeds are given one by one, lists as text: a plain call with strings costs
 * microseconds, converting a list or an object across the language border ten times as much.
 */
class BridgeSession {
  private feeds: (WireTensor | KeptTensor)[] = [];
  private device: "wasm" | "webgpu" = "wasm";

  constructor(
    private readonly engine: EngineClient,
    private readonly spec: SessionSpec,
    private readonly endEngine: () => void,
  ) {}

  async open() {
    const opened = await this.engine.call({ type: "open", spec: this.spec }, []);
    this.device = opened.device;
    return { session: this, opened };
  }

  /** False once its engine worker was ended; Python then opens the session anew. */
  get alive(): boolean {
    return this.engine.alive;
  }

  feed(name: string, dtype: DType, dims: string, data: TensorData): void {
    this.feeds.push({ name, dtype, dims: numbers(dims), data });
  }

  feedKept(name: string, dtype: DType, dims: string, handle: number): void {
    this.feeds.push({ name, dtype, dims: numbers(dims), handle });
  }

  /** `fetches` and `keep` are names, one a line. */
  async run(fetches: string, keep: string): Promise<(WireTensor | KeptTensor)[]> {
    const feeds = this.feeds;
    this.feeds = [];
    const transfer: Transferable[] = [];
    for (const feed of feeds) if ("data" in feed && !Array.isArray(feed.data)) transfer.push(feed.data.buffer as ArrayBuffer);
    const call = { type: "run", key: this.spec.key, feeds, fetches: lines(fetches), keep: lines(keep) } as const;
    try {
      return (await this.engine.call(call, transfer)).outputs;
    } catch (error) {
      // After a failed run the WebGPU build never answers again: the next run opens the model in a new engine.
      if (this.device === "webgpu" && this.alive) this.endEngine();
      throw error;
    }
  }

  release(handles: number[]): void {
    this.engine.tell({ type: "release", key: this.spec.key, handles });
  }

  async close(): Promise<void> {
    await this.engine.call({ type: "close", key: this.spec.key }, []);
  }
}
