/** What `build.py parity` recorded, as `wardian_build/parity/report.py` and `recorded.py` write it. */

export const STAGES = ["decode", "preprocess", "run", "answer"] as const;
export type Stage = (typeof STAGES)[number];

/** One tensor of one stage, over all cases. `differs` is empty where it agrees within the tolerance. */
export interface ParityRow {
  stage: Stage;
  name: string;
  tensors: number;
  dtype: string;
  shape: string;
  identical: boolean;
  not_finite: [number, number];
  max_abs: number;
  relative: number;
  cosine: number;
  differs: string;
}

/** The first node of a graph that differs; `node` is empty where only `note` can be said. */
export interface FirstNode {
  node: string;
  operator: string;
  output: string;
  reason: string;
  inputs: number;
  outputs: number;
  alone: boolean | null;
  optimization: string;
  note: string;
}

/** One ONNX file alone, given the native tensors, on one device. */
export interface ModelReport {
  path: string;
  device: "wasm" | "webgpu";
  adapter: string;
  rows: ParityRow[];
  node: FirstNode | null;
  note: string;
  agrees: boolean;
}

export interface ParityReport {
  task: string;
  /** ISO 8601. */
  made: string;
  dtype: string | null;
  device: "wasm" | "webgpu";
  tolerance: number;
  cases: number;
  stages: ParityRow[];
  first: { case: number; stage: Stage; number: number; name: string; reason: string } | null;
  models: ModelReport[];
  native: { python: string; numpy: string; onnxruntime: string };
  page: { python: string; numpy: string; device: string; threads: number; browser: string };
  agrees: boolean;
  /** Whether the site was made of the same sources. */
  current: boolean;
}

export interface ParityFile {
  reports: Record<string, ParityReport>;
}
