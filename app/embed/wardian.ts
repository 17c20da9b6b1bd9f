/**
 * The JavaScript API, in the shape of transformers.js:
 *
 * ```js
 * import { pipeline } from "./wardian.js";
 * const extract = await pipeline("feature-extraction", "all-MiniLM-L6-v2", { dtype: "q8" });
 * const { data, dims } = await extract(["A sentence."], { pooling: "mean", normalize: true });
 * await extract.dispose();
 *
 * const chat = await pipeline("text-generation");
 * for await (const { text } of chat.stream([{ role: "user", content: "Hello!" }])) answer.append(text);
 * ```
 */

import { inFull, WardianError } from "../shared/errors";
import type { Device } from "../shared/messages";
import type { Site } from "../shared/site";
import { complete } from "../shared/store/presence";
import { ShardStore } from "../shared/store/shards";
import { holdVersion } from "../shared/version";
import { asOneInput, toPayload, type PipelineInput } from "./inputs";
import { Runtime } from "./runtime";
import { piecesOf, type TextDelta } from "./stream";

export { WardianError };
export type { PipelineInput, TextDelta };

export interface PipelineOptions {
  /** "auto": WebGPU on a real GPU, else WASM. */
  device?: Device;
  dtype?: string;
  /** Threads of the WASM engine; 0 or absent: as many as the page's isolation and the cores allow. */
  threads?: number;
  progress_callback?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export type Progress =
  | { status: "progress"; model: string; loaded: number; total: number; progress: number }
  | { status: "initiate" | "ready"; model: string };

export interface CallOptions {
  signal?: AbortSignal;
  progress_callback?: (progress: { stage: string; done: number; total: number }) => void;
  /** Everything else goes to the Python pipeline: `pooling`, `normalize`, `top_k`, … */
  [option: string]: unknown;
}

export interface Pipeline {
  (input: PipelineInput, options?: CallOptions): Promise<any>;
  /** `(question, context)` for question answering, `(texts, labels)` for zero-shot classification. */
  (input: string | string[], second: string | string[], options?: CallOptions): Promise<any>;
  /**
   * Of "text-generation": the answer as it comes, a delta for each token. Leaving the loop or aborting the signal stops it
   * between two tokens; the model stays open, with what it knows of the conversation.
   */
  stream(input: PipelineInput, options?: CallOptions): AsyncGenerator<TextDelta, void, undefined>;
  readonly task: string;
  readonly model: string;
  /** Where the model runs now: WebGPU that fails gives way to WASM. */
  readonly device: string;
  /** Why it does not run on WebGPU, if it was to; else null. */
  readonly note: string | null;
  /** Frees the model's memory; the pipeline cannot be called afterwards. */
  dispose(): Promise<void>;
}

let runtime: Promise<Runtime> | undefined;
let count = 0;

/** Loads a model of this site into a pipeline; rejects with a `WardianError` that names what was wrong. */
export function pipeline(task: string, model: string | null = null, options: PipelineOptions = {}): Promise<Pipeline> {
  return opened(task, model, options).catch(toldInFull);
}

async function opened(task: string, model: string | null, options: PipelineOptions): Promise<Pipeline> {
  const { device = "auto", dtype = null, threads = 0, progress_callback, signal, ...unknown } = options;
  requireNone(Object.keys(unknown));
  const id = `pipeline:${++count}`;
  const site = await siteDescription();
  const name = model ?? defaultModel(site, task);
  progress_callback?.({ status: "initiate", model: name });
  runtime ??= baseUrl().then(async (base) => new Runtime(base, await siteDescription()));
  const workers = await running();
  const state: State = { device: "", note: null };
  const offDevice = workers.on("device", ({ owner, device, reason, received }) => {
    if (owner === id) Object.assign(state, { device, note: `${NOTES[reason]} (${received})` });
  });
  const off = workers.on("download", ({ owner, loaded, total }) => {
    if (owner === id) progress_callback?.({ status: "progress", model: name, loaded, total, progress: (100 * loaded) / total });
  });
  const answer = (await workers
    .request({ op: "open_pipeline", pipeline: id, kind: task, model: name, device, dtype, threads }, { signal })
    .catch((error: unknown) => {
      workers.endEngine(id);
      offDevice();
      throw error;
    })
    .finally(off)) as { device: string; dtype: string };
  progress_callback?.({ status: "ready", model: name });
  // As on the app's own page: the model is called kept once all of it is. Nobody waits for that.
  void complete(new ShardStore(here.href), site, name, answer.dtype, new AbortController().signal);
  state.device = answer.device;
  return callable(id, task, name, state, offDevice);
}

function toldInFull(error: unknown): never {
  throw error instanceof WardianError ? new WardianError(error.wire, inFull(error.wire)) : error;
}

/** An option that is spelt wrong would do nothing, and nobody would know. */
function requireNone(unknown: string[]): void {
  if (unknown.length === 0) return;
  throw new WardianError({
    kind: "InputError",
    message: `pipeline() has no option ${JSON.stringify(unknown[0])}.`,
    expected: "device, dtype, threads, progress_callback or signal",
    received: unknown.join(", "),
    hint: "Options of a call are given with the input.",
  });
}

/** The workers; Python that did not start is tried again by whatever is called next. */
async function running(): Promise<Runtime> {
  const workers = await runtime!;
  if (workers.failure) workers.restart();
  return workers;
}

interface State {
  device: string;
  note: string | null;
}

const NOTES = {
  canary: "The GPU gave wrong numbers",
  lost: "The GPU was lost",
  memory: "The GPU has not enough memory",
  silent: "The GPU did not answer",
  failed: "The model did not run on the GPU",
  unchecked: "Nothing shows whether the GPU's numbers are right",
};

function callable(id: string, task: string, model: string, state: State, offDevice: () => void): Pipeline {
  let disposed = false;
  const run = async (given: unknown[], stream: boolean, signal: AbortSignal | undefined, give?: (piece: TextDelta) => void) => {
    if (disposed) {
      throw new WardianError({ kind: "InputError", message: "this pipeline was disposed of", hint: "Create a new one." });
    }
    const { input, options } = asOneInput(task, given);
    const { signal: own, progress_callback, ...rest } = options as CallOptions;
    const payload = await toPayload(input);
    return (await running()).request(
      { op: "run_pipeline", pipeline: id, input: payload, options: rest, stream },
      {
        signal: signal ?? own,
        onAnswer: (answer) => (answer.type === "progress" ? progress_callback?.(answer) : give?.(answer.value as TextDelta)),
      },
    ).catch(toldInFull);
  };
  const call = (...given: unknown[]) => run(given, false, undefined);
  const stream = (input: unknown, options: CallOptions = {}) =>
    piecesOf<TextDelta>((signal, give) => run([input, options], true, signal, give), options.signal);
  const dispose = async () => {
    if (disposed) return;
    disposed = true;
    offDevice();
    const workers = await runtime!;
    // The engine's memory is given back now, whatever Python is busy with.
    workers.endEngine(id);
    await workers.request({ op: "close_pipeline", pipeline: id }).catch(() => undefined);
    // A run that was under way may have asked for another one.
    workers.endEngine(id);
  };
  const live = { device: { get: () => state.device }, note: { get: () => state.note } };
  return Object.defineProperties(Object.assign(call, { task, model, stream, dispose }), live) as unknown as Pipeline;
}

function defaultModel(site: Site, task: string): string {
  const found = Object.values(site.models).find((manifest) => manifest.kind === task);
  if (found) return found.id;
  throw new WardianError({
    kind: "UnknownNameError",
    message: `this site has no model for the task ${task}`,
    value: task,
    expected: [...new Set(Object.values(site.models).map((manifest) => manifest.kind))].join(", "),
  });
}

const here = new URL("../", import.meta.url);

/** SHA-256 of the site's description that belongs to this file: the stub `wardian.js` imports us with it. */
const pin = new URL(import.meta.url).searchParams.get("site");
let description: Promise<Site> | undefined;

async function baseUrl(): Promise<string> {
  return here.href;
}

function siteDescription(): Promise<Site> {
  description ??= fetchDescription();
  description.then(({ version }) => holdVersion(version), () => (description = undefined));
  return description;
}

/** That of our own version, whatever was deployed since: files of two versions never mix. */
async function fetchDescription(): Promise<Site> {
  const url = pin ? `static/site-${pin.slice(0, 8)}.json` : "site.json";
  const unreadable = (received: string) => new WardianError({
    kind: "DownloadError",
    message: `${url} could not be read: ${received}`,
    value: url,
    received,
    hint: "Check the connection and reload the page. The folder that `python build.py site` made must be served as it is.",
  });
  const response = await fetch(new URL(url, here), pin ? { integrity: integrityOf(pin) } : {}).catch((error: unknown) => {
    throw unreadable(error instanceof Error ? error.message : String(error));
  });
  if (!response.ok) throw unreadable(`HTTP status ${response.status}`);
  return (await response.json()) as Site;
}

/** A SHA-256 in hexadecimal as `fetch` takes it. */
function integrityOf(hex: string): string {
  const bytes = hex.match(/../g)!.map((byte) => String.fromCharCode(parseInt(byte, 16)));
  return `sha256-${btoa(bytes.join(""))}`;
}
