/** The bytes of a model for onnxruntime: the ONNX file as one array, external data as files made of shards. */

import { WardianError } from "../shared/errors";
import type { DownloadAction, FromEngine, SessionSpec } from "../shared/messages";
import { needOf } from "../shared/store/budget";
import { Download, joined } from "../shared/store/download";
import { ShardStore } from "../shared/store/shards";
import { ShardedFile } from "./sharded_file";

export interface Weights {
  model: Uint8Array;
  /** As `InferenceSession.SessionOptions.externalData` takes it. */
  externalData: { path: string; data: Uint8Array }[];
  /** Whether there is room for weights that are reordered for speed. */
  prepack: boolean;
}

/** Downloads of this worker that go on, for pause and resume from the page. */
const running = new Set<Download>();

export async function readWeights(
  { key, source }: SessionSpec, device: Promise<"wasm" | "webgpu">, send: (message: FromEngine) => void,
): Promise<Weights> {
  if ("data" in source) return { model: source.data, externalData: [], prepack: true };
  const { base, files, refusal } = source;
  if (refusal && (await device) === "wasm") throw new WardianError(refusal);
  const [model, ...external] = files;
  const download = new Download(new ShardStore(base), files, (state) => send({ type: "progress", key, ...state }));
  running.add(download);
  try {
    const loaded = await download.run();
    return {
      model: joined(model, loaded),
      externalData: external.map((file) => ({ path: relative(model.path, file.path), data: new ShardedFile(file, loaded) })),
      prepack: needOf(files).prepack,
    };
  } finally {
    running.delete(download);
  }
}

export function controlDownloads(action: DownloadAction): void {
  for (const download of running) download[action]();
}

/** External data are named relative to the folder of their ONNX file. */
function relative(model: string, file: string): string {
  const folder = model.slice(0, model.lastIndexOf("/") + 1);
  return file.startsWith(folder) ? file.slice(folder.length) : file;
}
