/** Every message that crosses a thread, in one place. `*` marks who sends it. */

import type { ModelFile, Site } from "./site";
import type { OwnModel } from "./store/own_models";
import type { Integrity } from "./verified_fetch";

// ---------------------------------------------------------------------------------------------- tensors

export type DType =
  | "float32" | "float64" | "float16"
  | "int8" | "int16" | "int32" | "int64"
  | "uint8" | "uint16" | "uint32" | "uint64"
  | "bool" | "string";

export type TensorData =
  | Float32Array | Float64Array
  | Int8Array | Int16Array | Int32Array | BigInt64Array
  | Uint8Array | Uint16Array | Uint32Array | BigUint64Array
  | string[];

/** A tensor without its data. */
export interface TensorHead {
  name: string;
  dtype: DType;
  dims: number[];
}

/** A dense tensor in row-major order. float16 travels as Uint16Array, bool as Uint8Array. */
export interface WireTensor extends TensorHead {
  data: TensorData;
}

/** A tensor that stayed in the engine worker; `handle` is valid until released or the session closes. */
export interface KeptTensor extends TensorHead {
  handle: number;
}

/**
 * Tensors between the Python worker and an engine: `heads` is JSON, of `(TensorHead | KeptTensor)[]`, and `data` that of
 * those without a handle, in the same order. A decoder has dozens that look the same from token to token: a text that
 * came before need not be read again.
 */
export interface Tensors {
  heads: string;
  data: TensorData[];
}

export interface TensorSpec {
  name: string;
  dtype: DType;
  dims: (number | string)[];
}

export interface WireError {
  kind: string;
  /** Which text of the page says it in the visitor's language, where there is one. */
  code?: string;
  message: string;
  value?: string | null;
  expected?: string | null;
  received?: string | null;
  hint?: string | null;
  details?: string | null;
}

// ------------------------------------------------------------------------------- page ⇄ import worker

/** A file that a visitor gave, by its path within what they gave. */
export interface GivenFile {
  path: string;
  file: File;
}

/** `kind`: the task it is given for, or empty. `needs`: files that there must be beside the weights. */
export type ToImport =
  | { type: "look"; base: string; name: string; kind: string; needs: string[]; files: GivenFile[] }
  | { type: "import"; dtypes: string[] }
  | { type: "cancel" };

/** Why a model could not be kept on the device: no space, or no storage at all. */
export type NotKept = "quota" | "none";

export type FromImport =
  /** What there is to choose from. */
  | { type: "found"; name: string; variants: { dtype: string; bytes: number }[]; preferred: string }
  | { type: "progress"; done: number; total: number }
  /** `isNew`: it was not there before. `notKept`: it is in this page's memory alone. */
  | { type: "done"; model: OwnModel; isNew: boolean; notKept: NotKept | null }
  | { type: "failed"; error: WireError };

// ------------------------------------------------------------------------ page ⇄ Python worker, engine

export type Device = "auto" | "wasm" | "webgpu";

/** Names one session; equal specs are one session within an engine worker. */
export interface SessionSpec {
  key: string;
  /** The ONNX file of the site at `base` and the files of its external data, or the ONNX file itself. */
  source: SiteWeights | { data: Uint8Array };
  device: Device;
  /** 0: as many as isolation and cores allow. */
  threads: number;
  /** How WebGPU's numbers are proved before they are trusted; null: not at all, for `build.py parity`. */
  canary: ShippedCanary | OwnCanary | null;
  /** How far onnxruntime may change the graph, where it is not to do all it can: for `build.py parity`. */
  optimization?: "disabled" | "basic";
}

/** The file with golden input and reference output that the build made. */
export interface ShippedCanary {
  base: string;
  file: ModelFile;
}

/** There is none: the reference is made on this device. `tolerance`: see `py/wardian_build/canary.py`. */
export interface OwnCanary {
  tolerance: number;
}

/**
 * Why WebGPU is not used for a model: it gave wrong numbers, its device was lost, its memory is full, it did not
 * answer, or it failed otherwise.
 */
export type FaultReason = "canary" | "lost" | "memory" | "silent" | "failed";

/** Where a session runs that was to run on WebGPU; `unchecked`: there, but its numbers could not be proved. */
export interface DeviceNote {
  owner: string;
  device: "wasm" | "webgpu";
  threads: number;
  reason: FaultReason | "unchecked";
  /** What was seen. */
  received: string;
}

/** `refusal`: why the WASM engine cannot hold it, known before the first byte is fetched. */
export interface SiteWeights {
  base: string;
  files: [ModelFile, ...ModelFile[]];
  refusal: WireError | null;
}

export type ToPython =
  | {
      type: "start"; base: string; site: Site; packages: string[]; prefetch: ModelFile[];
      lifeline: string;
      /** Cells of `Interrupt`; null where the page is not isolated. */
      interrupt: Int32Array | null;
      /** Models of the visitor's own that could not be kept: nobody else can tell Python of them. */
      own: OwnModel[];
    }
  | { type: "own"; model: OwnModel }
  | { type: "engine"; owner: string; port: MessagePort }
  | { type: "engine-lost"; owner: string; reason: WireError }
  | { type: "request"; id: number; request: Request }
  | { type: "cancel"; id: number }
  | { type: "ping" };

export type FromPython =
  | { type: "alive" }
  | { type: "pong" }
  | { type: "stage"; stage: "runtime" | "packages" | "ready"; milliseconds: number }
  /** Python did not start. */
  | { type: "failed"; error: WireError }
  /** The interpreter broke and cannot be used any more. */
  | { type: "fatal"; message: string }
  | ({ type: "device" } & DeviceNote)
  | { type: "engine-wanted"; owner: string }
  | { type: "engine-unwanted"; owner: string }
  | { type: "answer"; id: number; answer: Answer };

/** What `wardian.worker.Worker.handle` takes. See docs/architecture.md, "The Python protocol". */
export type Request =
  | { op: "open_task"; task: string; model: string | null; device: Device; dtype: string | null; threads: number }
  | { op: "run_task"; task: string; inputs: Record<string, unknown> }
  | { op: "use_model"; task: string; name: string; model: Uint8Array | string | null }
  | { op: "open_pipeline"; pipeline: string; kind: string; model: string; device: Device; dtype: string | null; threads: number }
  | { op: "run_pipeline"; pipeline: string; input: unknown; options: Record<string, unknown>; stream?: boolean }
  | { op: "close_pipeline"; pipeline: string };

export type Answer =
  | { type: "progress"; stage: string; done: number; total: number }
  | { type: "partial"; value: unknown }
  | { type: "result"; value: unknown }
  | { type: "error"; error: WireError };

/** Bytes of a model, those from the cache included. `reason`: why the next attempt waits. */
export interface DownloadState {
  loaded: number;
  total: number;
  state: "loading" | "waiting" | "paused";
  reason: string | null;
}

export type DownloadAction = "pause" | "resume" | "cancel";

/** Outputs that are written to the end of kept tensors: handles by the outputs' names, null for a new one. */
export interface Append {
  into: Record<string, number | null>;
  axis: number;
}

/** To an engine worker, from the page (`open`, to start early, and `download`) and from the Python worker. */
export type ToEngine =
  | { type: "connect"; ort: string; integrity: Integrity; lifeline: string; port: MessagePort }
  /** `holder` is who will close it; what the page opens early nobody holds yet. */
  | { type: "open"; id: number; spec: SessionSpec; holder?: number }
  /** `fetches` and `keep` are names, one a line; `append` is JSON of `Append` or empty, `at` the places held so far. */
  | { type: "run"; id: number; key: string; feeds: Tensors; fetches: string; keep: string; append: string; at: number }
  /** Other rows of kept tensors, in their place: answered by `ran`. */
  | { type: "gather"; id: number; key: string; handles: number[]; rows: number[] }
  | { type: "release"; key: string; handles: number[] }
  | { type: "download"; action: DownloadAction }
  | { type: "close"; id: number; key: string; holder: number }
  | { type: "ping" };

export type FromEngine =
  | { type: "alive" }
  | { type: "pong" }
  | ({ type: "progress"; key: string } & DownloadState)
  | { type: "opened"; id: number; key: string; inputs: TensorSpec[]; outputs: TensorSpec[]; device: "wasm" | "webgpu"; threads: number; unchecked: string | null }
  | { type: "ran"; id: number; outputs: Tensors; milliseconds: number }
  | { type: "closed"; id: number }
  /** `fault`: WebGPU is to blame, and this engine cannot be used any more. */
  | { type: "failed"; id: number; error: WireError; fault: FaultReason | null };
