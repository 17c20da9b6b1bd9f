/** What the build knows about the site and every thread may read: written into `index.html` and `site.json`. */

export type Localized = { en: string; zh: string };

/** One input or output of a task, as its Python component class describes itself. */
export interface ComponentInfo {
  /** Name of the Python class, lower case: chooses the renderer in `app/page/components/`. */
  type: string;
  /** Parameter name of the task's function (inputs) or empty (outputs). */
  name: string;
  label: Localized;
  /** Further settings of the component, as in its Python constructor. */
  [setting: string]: unknown;
}

export interface TaskInfo {
  id: string;
  /** `null`, both, for a task that runs in Python alone; a kind without a model waits for a folder. */
  kind: string | null;
  model: string | null;
  /** Further models of the site that may be chosen in place of `model`. */
  choices: string[];
  /** Further models whose files the task reads; their weights are loaded when it opens a pipeline of them. */
  uses: string[];
  /** Further models that the task opens where a visitor asks for it: nothing of them is loaded before. */
  on_demand: string[];
  /** Where the menu shows it: a key of `group.*` in `static/locales/`. */
  group: string;
  title: Localized;
  description: Localized;
  inputs: ComponentInfo[];
  outputs: ComponentInfo[];
  /** Each example gives one payload per input. */
  examples: { label: Localized; inputs: unknown[] }[];
  /** Names of the Pyodide packages the task imports beyond numpy and wardian. */
  packages: string[];
  /** Run on every change of an input, without a button. */
  live: boolean;
  /** What a visitor may give in place of the task's model: an ONNX file of an interface, or a model folder. */
  own_model: { inputs: TensorInterface[]; outputs: TensorInterface[] } | "folder" | null;
  /** The kind that a visitor's model is opened as. */
  own_kind: string | null;
}

export interface TensorInterface {
  name: string;
  dtype: string;
  dims: (number | string)[];
}

/** A piece of a file, at most 16 MiB: what is fetched, verified and kept as one. */
export interface Shard {
  /** Lower-case hexadecimal; the shard lies at `models/<sha256>`. */
  sha256: string;
  bytes: number;
  /** Of a model of the visitor's own, which no server has: where its bytes are if they could not be kept, else true. */
  own?: Blob | true;
}

export interface ModelFile {
  path: string;
  bytes: number;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** In their order; absent for a file that is its own only shard. */
  shards?: Shard[];
}

export interface ModelManifest {
  id: string;
  kind: string;
  license: string;
  /** Empty for a folder without weights (kinds "tokenizer", "language-identification", "catalogue"). */
  default_dtype: string;
  dtypes: Record<string, string>;
  /** The default where that device is asked for, if it is another one: a decoder has a graph for each. */
  device_dtypes?: Record<string, string>;
  /** The dtypes in which one input's answer depends on the others of its run; absent: nobody looked. */
  batch_dependent?: string[];
  /** The further ONNX files of a model that has several (an encoder's decoder): path by name and dtype. */
  parts?: Record<string, Record<string, string>>;
  /** What `device: "auto"` may choose for this model; absent: decided by the adapter alone. */
  devices?: ("wasm" | "webgpu")[];
  /** Of a decoder: what its memory for a text follows from. */
  decoder?: DecoderSizes;
  /** By the path of an ONNX file: the files in which it keeps weights (ONNX's external data). */
  external_data?: Record<string, string[]>;
  files: ModelFile[];
}

export interface DecoderSizes {
  /** Bytes that keys and values of one token take. */
  cache: number;
  /** Heads of queries: each has a score for every token. */
  heads: number;
  /** The longest text, in tokens. */
  context: number;
}

/** All URLs are relative to the site's root. Directories end in a slash. */
export interface Site {
  version: string;
  urls: {
    page: string;
    embed: string;
    python_worker: string;
    engine_worker: string;
    import_worker: string;
    pyodide: string;
    ort: string;
    packages: string;
    lock: string;
    locales: Record<string, string>;
    /** What `build.py parity` recorded, if it did: `ParityFile` of `app/page/parity_report.ts`. */
    parity: string | null;
  };
  /** As `fetch` takes it, by path: what the workers' runtimes fetch. */
  integrity: Record<string, string>;
  tasks: TaskInfo[];
  models: Record<string, ModelManifest>;
  /** What the About page lists: everything shipped, with its licence. */
  notice: { name: string; version: string; license: string; source: string }[];
}
