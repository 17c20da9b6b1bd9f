/** Sessions of one owner: opened once per key, run one after the other, closed for good. */

import type { InferenceSession } from "onnxruntime-common";

import { errorFrom, WardianError } from "../shared/errors";
import type {
  Append, FromEngine, KeptTensor, SessionSpec, TensorData, TensorHead, Tensors, TensorSpec, ToEngine,
} from "../shared/messages";
import { fitTogether } from "../shared/store/budget";
import { checkCanary } from "./canary";
import { Gpu } from "./gpu";
import { OwnReference } from "./own_reference";
import { remembering } from "./remembering";
import { chooseDevice, EngineUnavailable, loadRuntime, type Ort } from "./runtime";
import { dataOf, headOf, KeptTensors, specsOf, toOrt } from "./tensors";
import { readWeights, type Weights } from "./weights";

export interface Opened {
  key: string;
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  device: "wasm" | "webgpu";
  threads: number;
  /** Why nothing could show whether WebGPU computes rightly; null where it does, or is not used. */
  unchecked: string | null;
}

interface Entry {
  ort: Ort;
  session: InferenceSession;
  opened: Opened;
  kept: KeptTensors;
  own: OwnReference | null;
  reads: Reads;
}

/** What the texts of a run's message say. */
class Reads {
  readonly heads = remembering((text) => JSON.parse(text) as (TensorHead | KeptTensor)[]);
  readonly fetches = remembering(lines);
  readonly keep = remembering(lines);
  readonly append = remembering((text) => (text === "" ? null : (JSON.parse(text) as Append)));
}

export class Sessions {
  private readonly entries = new Map<string, { made: Promise<Entry>; holders: Set<number> }>();
  /** One run at a time: the WebGPU build suspends inside wasm and must not be entered twice. */
  private queue: Promise<unknown> = Promise.resolve();
  private gpu = new Gpu();
  /** Sessions that are open on WebGPU. */
  private onGpu = 0;

  constructor(
    private readonly ortBase: Promise<string>,
    private readonly report: (message: FromEngine) => void,
  ) {}

  /** Who opens the same again shares it: it is freed when the last holder closes it. */
  async open(spec: SessionSpec, holder?: number): Promise<Opened> {
    let entry = this.entries.get(spec.key);
    if (!entry) {
      entry = { made: this.create(spec), holders: new Set() };
      this.entries.set(spec.key, entry);
      // A failed session is forgotten, so that the next attempt starts afresh.
      entry.made.catch(() => this.entries.delete(spec.key));
    }
    if (holder !== undefined) entry.holders.add(holder);
    return (await entry.made).opened;
  }

  async run(
    { key, feeds, at, ...texts }: Omit<Extract<ToEngine, { type: "run" }>, "type" | "id">,
  ): Promise<{ outputs: Tensors; milliseconds: number }> {
    const { ort, session, kept, opened, own, reads } = await this.entry(key);
    const heads = reads.heads(feeds.heads);
    const [fetches, keep, append] = [reads.fetches(texts.fetches), reads.keep(texts.keep), reads.append(texts.append)];
    const names = fetches.length > 0 ? fetches : [...session.outputNames];
    const work = async () => {
      const started = performance.now();
      const inputs: Record<string, InstanceType<Ort["Tensor"]>> = {};
      let next = 0;
      for (const head of heads) {
        inputs[head.name] = "handle" in head ? kept.get(head.handle) : toOrt(ort, { ...head, data: feeds.data[next++]! });
      }
      const onCpu = next === heads.length;
      const expected = onCpu ? await own?.expect(inputs, names) : null;
      const results = await session.run(inputs, names);
      if (expected) await own!.settle(expected, results);
      const found: (TensorHead | KeptTensor)[] = [];
      const data: TensorData[] = [];
      for (const [name, tensor] of Object.entries(results)) {
        if (append && name in append.into) found.push(kept.append(ort, name, tensor, append.into[name]!, append.axis, at));
        else if (isKept(name, keep)) found.push(kept.add(name, tensor));
        else {
          found.push(headOf(name, tensor));
          data.push(await dataOf(tensor));
        }
      }
      return { outputs: { heads: JSON.stringify(found), data }, milliseconds: performance.now() - started };
    };
    const job = this.queue.then(opened.device === "webgpu" ? () => this.gpu.guard(work) : work);
    this.queue = job.catch(() => undefined);
    return job;
  }

  async gather(key: string, handles: number[], rows: number[]): Promise<KeptTensor[]> {
    const { ort, kept } = await this.entry(key);
    return this.inTurn(async () => {
      const found: KeptTensor[] = [];
      for (const handle of handles) found.push(await kept.gather(ort, handle, rows));
      return found;
    });
  }

  release(key: string, handles: number[]): void {
    void this.entries.get(key)?.made.then(({ kept }) => kept.release(handles));
  }

  /** Frees all tensors that stayed here. */
  forgetKept(): void {
    for (const { made } of this.entries.values()) void made.then(({ kept }) => kept.clear(), () => undefined);
  }

  async close(key: string, holder: number): Promise<void> {
    const entry = await this.entry(key);
    const holders = this.entries.get(key)?.holders;
    holders?.delete(holder);
    if (holders === undefined || holders.size > 0) return;
    this.entries.delete(key);
    await this.queue;
    entry.kept.clear();
    // onnxruntime destroys its device with the last session, which is no loss.
    if (entry.opened.device === "webgpu" && --this.onGpu === 0) this.gpu = new Gpu();
    await entry.own?.forget();
    await entry.session.release();
  }

  private entry(key: string): Promise<Entry> {
    const entry = this.entries.get(key);
    if (entry) return entry.made;
    throw new WardianError({ kind: "SessionClosedError", message: "The session is closed.", hint: "Open the model again." });
  }

  private async create(spec: SessionSpec): Promise<Entry> {
    const chosen = chooseDevice(spec.device);
    const weights = readWeights(spec, chosen, this.report);
    // The download's failure is reported by the await below, also when the runtime fails first.
    weights.catch(() => undefined);
    const device = await chosen;
    const start = () => this.start(spec, device, weights);
    const { ort, threads, session, own } = await (device === "webgpu" ? this.gpu.guard(start) : start());
    const opened: Opened = {
      key: spec.key,
      inputs: specsOf(session.inputMetadata),
      outputs: specsOf(session.outputMetadata),
      device,
      threads,
      unchecked: own?.impossible ?? null,
    };
    if (device === "webgpu") this.onGpu++;
    return { ort, session, opened, kept: new KeptTensors(), own, reads: new Reads() };
  }

  private async start(spec: SessionSpec, device: "wasm" | "webgpu", weights: Promise<Weights>) {
    const base = await this.ortBase;
    const { ort, threads } = await loadRuntime(base, device, spec.threads);
    const { model, externalData, prepack } = await weights;
    const create = (on: "wasm" | "webgpu") => ort.InferenceSession.create(model, {
      executionProviders: [on],
      externalData,
      extra: { session: { disable_prepacking: prepack ? "0" : "1" } },
      graphOptimizationLevel: spec.optimization ?? "all",
      ...(on === "webgpu" && { preferredOutputLocation: CACHES_STAY }),
      logSeverityLevel: 3,
    });
    const own = device === "webgpu" ? await this.reference(spec, ort, () => create("wasm")) : null;
    const session = await create(device).catch((error: unknown) => {
      const { message } = errorFrom(error);
      // The engine itself did not arrive whole (or there is no GPU after all); the model is not to blame.
      throw device === "wasm" && message.startsWith("no available backend") ? new EngineUnavailable(base, error) : error;
    });
    if (device === "webgpu") {
      this.gpu.watch(await ort.env.webgpu.device);
      const { canary } = spec;
      if (canary && "file" in canary) await this.inTurn(() => checkCanary(ort, session, canary));
      else if (own) await this.inTurn(() => own.check(session));
    }
    return { ort, threads, session, own };
  }

  /** What WebGPU's numbers are to be compared with where no reference came with the model. */
  private async reference(spec: SessionSpec, ort: Ort, open: () => Promise<InferenceSession>): Promise<OwnReference | null> {
    const { canary, source } = spec;
    if (!canary || "file" in canary) return null;
    if ("refusal" in source && source.refusal) return OwnReference.impossible(source.refusal.message);
    const files = "files" in source ? source.files : [{ bytes: source.data.byteLength }] as const;
    const mayStay = fitTogether([files, files]);
    return this.inTurn(() => OwnReference.make(ort, canary.tolerance, mayStay, open));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const job = this.queue.then(work);
    this.queue = job.catch(() => undefined);
    return job;
  }
}

/** By the names of outputs, which are known only afterwards: keys and values of attention stay on the GPU. */
const CACHES_STAY = new Proxy<Record<string, "gpu-buffer">>({}, {
  get: (_, name) => (String(name).startsWith("present.") ? "gpu-buffer" : undefined),
});

const lines = (text: string) => (text === "" ? [] : text.split("\n"));

/** Whether a name matches one of the patterns; a pattern is a name or a prefix ending in `*`. */
function isKept(name: string, patterns: string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}
