/** What of a visitor's folder is a model, in the layout that every model has: `onnx/model….onnx` and files beside it. */

import { WardianError } from "../shared/errors";
import type { GivenFile } from "../shared/messages";
import { externalTensors, type ExternalTensor, NotOnnx } from "./onnx_file";

/** Endings of `model….onnx` by dtype, the first that is there, as in `wardian/hub.py`. */
const ENDINGS: Record<string, string[]> = {
  fp32: [""], fp16: ["_fp16"], q8: ["_q8", "_quantized", "_int8"], q4: ["_q4"], q4f16: ["_q4f16"],
  // A decoder's graph for the CPU beside the one of the same weights for WebGPU, as `build.py convert` makes it.
  q4_fold: ["_q4_fold"], q8_fold: ["_q8_fold"], fp32_fold: ["_fold"],
};

/** The smallest that loses little comes first, as in `wardian/hub.py`. */
const PREFERENCE = ["q4_fold", "q8_fold", "fp32_fold", "q8", "fp32", "fp16", "q4", "q4f16"];

/** What pipelines read beside the weights, and what else belongs to a model. */
const SMALL = new Set([
  "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
  "preprocessor_config.json", "processor_config.json", "generation_config.json",
  "sentence_bert_config.json", "1_Pooling/config.json",
  "vocab.json", "vocab.txt", "merges.txt", "chat_template.jinja",
]);

/** The largest tokenizers have 40 MB. */
const MOST_SMALL_BYTES = 256e6;

/** Where protobuf ends. */
const MOST_ONNX_BYTES = 2 ** 31;

const OTHER_FORMATS = /\.(safetensors|bin|pt|pth|ckpt|h5|keras|tflite|gguf|msgpack)$/i;

export interface Variant {
  dtype: string;
  bytes: number;
}

/** Of a model of two ONNX files the one that runs second; it stands beside the first. As in `wardian/hub.py`. */
const ENCODER = "encoder_model";
const DECODER = "decoder_model_merged";

interface Weights {
  path: string;
  file: File;
  external: Map<string, File>;
  /** The model's further ONNX files, by their names without endings. */
  parts: Map<string, Weights>;
}

/** Where the ONNX files of a dtype are in what was given. */
interface Paths {
  path: string;
  parts: Map<string, string>;
}

/** A model in the files that were given. Paths are those in the store. */
export interface FoundModel {
  name: string;
  small: Map<string, File>;
  /** By dtype: the ONNX file and those of its external data. */
  weights: Map<string, Weights>;
  preferred: string;
}

/** Throws a `ModelError` that names the file, what was expected, what was found and the next step. */
export async function findModel(given: GivenFile[], name: string, needs: string[]): Promise<FoundModel> {
  const files = given.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".") || part === "node_modules"));
  const root = rootOf(files, name);
  const inside = new Map(files.filter(({ path }) => path.startsWith(root)).map(({ path, file }) => [path.slice(root.length), file]));
  const small = new Map([...inside].filter(([path]) => SMALL.has(path)));
  for (const path of needs.filter((path) => !small.has(path))) {
    throw refusal("needs", `There is no ${path} beside the model.`, {
      value: root || name,
      expected: `a folder with ${needs.join(", ")} and onnx/model.onnx`,
      received: some([...inside.keys()]),
      hint: "Give the whole folder of the model, as it was exported for transformers.js.",
    });
  }
  for (const [path, file] of small) await checkSmall(path, file);
  const variants = variantsOf(inside, name);
  const preferred = PREFERENCE.find((dtype) => variants.has(dtype))!;
  const weights: FoundModel["weights"] = new Map([[preferred, await withParts(variants.get(preferred)!, inside)]]);
  for (const [dtype, paths] of variants) {
    // What is broken among the others is not offered.
    const others = dtype === preferred ? undefined : await withParts(paths, inside).catch(() => undefined);
    if (others) weights.set(dtype, others);
  }
  return { name: nameOf(root, name, variants.get(preferred)!.path), small, weights, preferred };
}

/** The ONNX files of a dtype: the one that runs first, and the others. */
export function graphsOf({ weights }: FoundModel, dtype: string): Weights[] {
  const first = weights.get(dtype)!;
  return [first, ...first.parts.values()];
}

export function sizeOfVariant(found: FoundModel, dtype: string): number {
  const files = graphsOf(found, dtype).flatMap(({ file, external }) => [file, ...external.values()]);
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** The folder of the model within what was given: `""`, or a path that ends in a slash. */
function rootOf(files: GivenFile[], name: string): string {
  const roots = new Set(files.filter(({ path }) => isOnnx(path)).map(({ path }) => folderOf(path).replace(/(^|\/)onnx\/$/, "$1")));
  if (roots.size === 0) throw noModel(files, name);
  const complete = [...roots].filter((root) => files.some(({ path }) => path === `${root}config.json`));
  const candidates = complete.length > 0 ? complete : [...roots];
  if (candidates.length === 1) return candidates[0]!;
  throw refusal("several-models", "There are several models in what was given.", {
    value: name, expected: "the folder of one model", received: some(candidates.map((root) => root || "the folder itself")),
    hint: "Give one of these folders.",
  });
}

function noModel(files: GivenFile[], name: string): WardianError {
  const other = files.find(({ path }) => OTHER_FORMATS.test(path));
  return refusal(other ? "other-format" : "no-model", "There is no ONNX model in what was given.", {
    value: name,
    expected: "onnx/model.onnx with config.json and tokenizer.json beside the folder onnx, or one .onnx file",
    received: files.length === 0 ? "no file" : some(files.map(({ path }) => path)),
    hint: other
      ? `${other.path} has weights in another format. Export the model to ONNX first (optimum-cli export onnx).`
      : "Give the folder that was exported for transformers.js.",
  });
}

/** The ONNX files of each dtype; one alone may have any name. */
function variantsOf(inside: Map<string, File>, name: string): Map<string, Paths> {
  const paths = [...inside.keys()].filter((path) => isOnnx(path) && ["", "onnx/"].includes(folderOf(path)));
  const [models, encoders, decoders] = ["model", ENCODER, DECODER].map((stem) => byDtype(inside, stem)) as [Map<string, string>, Map<string, string>, Map<string, string>];
  const alone = (found: Map<string, string>) => new Map([...found].map(([dtype, path]) => [dtype, { path, parts: new Map<string, string>() }]));
  if (models.size > 0) return alone(models);
  if (encoders.size > 0) {
    // A dtype is there when both have it.
    const both = [...encoders].filter(([dtype]) => decoders.has(dtype));
    if (both.length > 0) return new Map(both.map(([dtype, path]) => [dtype, { path, parts: new Map([[DECODER, decoders.get(dtype)!]]) }]));
    throw refusal("no-decoder", "The encoder has no decoder beside it.", {
      value: name, expected: `onnx/${DECODER}.onnx beside onnx/${ENCODER}.onnx, with the same ending`, received: some(paths),
      hint: "Export the model with optimum-cli export onnx, which merges the decoder, or give the whole folder.",
    });
  }
  // Older exports of a decoder that stands alone have it under the name of one that does not.
  if (decoders.size > 0) return alone(decoders);
  if (paths.length === 1) return alone(new Map([[dtypeOf(paths[0]!), paths[0]!]]));
  throw refusal("several-files", "There are several ONNX files, and none is named as a model's.", {
    value: name, expected: "onnx/model.onnx, with an ending such as model_q8.onnx by dtype", received: some(paths),
    hint: "Give one of these files alone, or name it model.onnx.",
  });
}

/** The files of one name, beside the others or in the folder `onnx`. */
function byDtype(inside: Map<string, File>, stem: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [dtype, endings] of Object.entries(ENDINGS)) {
    const names = endings.flatMap((ending) => [`onnx/${stem}${ending}.onnx`, `${stem}${ending}.onnx`]);
    const path = names.find((candidate) => inside.has(candidate));
    if (path) found.set(dtype, path);
  }
  return found;
}

function dtypeOf(path: string): string {
  const stem = path.replace(/\.onnx$/i, "");
  const named = Object.entries({ ...ENDINGS, q8: [...ENDINGS["q8"]!, "_uint8"] }).find(([, endings]) => endings.some((ending) => ending && stem.endsWith(ending)));
  return named?.[0] ?? "fp32";
}

async function withParts({ path, parts }: Paths, inside: Map<string, File>): Promise<Weights> {
  const first = await weightsOf(path, inside);
  for (const [name, other] of parts) first.parts.set(name, await weightsOf(other, inside));
  return first;
}

/** Checks an ONNX file and finds the files of its weights; all of them go into the folder `onnx`. */
async function weightsOf(path: string, inside: Map<string, File>): Promise<Weights> {
  const file = inside.get(path)!;
  if (file.size > MOST_ONNX_BYTES) {
    throw refusal("huge", "An ONNX file of this size cannot be read.", {
      value: path, expected: `at most ${MOST_ONNX_BYTES} bytes`, received: `${file.size} bytes`,
      hint: "Save it with external data: onnx.save(model, path, save_as_external_data=True).",
    });
  }
  const external = new Map<string, File>();
  await refusePointer(path, file);
  for (const tensor of tensorsOf(path, file)) {
    const location = locationOf(tensor, path);
    const source = inside.get(folderOf(path) + location);
    if (!source) {
      throw refusal("weights-missing", "A file of the model's weights is missing.", {
        value: folderOf(path) + location, expected: `the file in which ${path} keeps its weights`,
        received: some([...inside.keys()]), hint: "Give the whole folder, with all files of weights beside the ONNX file.",
      });
    }
    checkRange(tensor, source, location, path);
    external.set(`onnx/${location}`, source);
  }
  return { path: `onnx/${path.slice(folderOf(path).length)}`, file, external, parts: new Map() };
}

function tensorsOf(path: string, file: File): ExternalTensor[] {
  try {
    return externalTensors(file);
  } catch (error) {
    if (!(error instanceof NotOnnx)) throw unreadable(path, error);
    throw refusal("no-onnx", "The file is not an ONNX model that can be run.", {
      value: path, expected: "a complete ONNX model", received: error.message, hint: "Export or download it again.",
    });
  }
}

/** A path below the ONNX file's folder, or an error: a file must not name others of the device. */
function locationOf({ name, location }: ExternalTensor, path: string): string {
  const parts = location.split("/").filter((part) => part !== ".");
  const plain = !/^[a-z]:|\\|\0/i.test(location) && parts.every((part) => part !== "" && part !== "..");
  if (plain && parts.length > 0) return parts.join("/");
  throw refusal("weights-outside", "The model keeps weights outside of its own folder.", {
    value: path, expected: `a file beside it for the tensor ${name}`, received: location === "" ? "no name" : location.slice(0, 200),
    hint: "Do not trust this file. Export the model again, with its weights beside it.",
  });
}

function checkRange({ name, offset, length }: ExternalTensor, source: File, location: string, path: string): void {
  const end = offset + (length ?? 0);
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(end) && offset >= 0 && (length ?? 0) >= 0 && end <= source.size) return;
  throw refusal("weights-short", "A file of the model's weights is too short.", {
    value: folderOf(path) + location, expected: `at least ${end} bytes, for the tensor ${name}`, received: `${source.size} bytes`,
    hint: "It belongs to another export, or was cut off: give all files of one export.",
  });
}

async function checkSmall(path: string, file: File): Promise<void> {
  if (file.size > MOST_SMALL_BYTES) {
    throw refusal("large", `${path} is too large.`, {
      value: path, expected: `at most ${MOST_SMALL_BYTES} bytes`, received: `${file.size} bytes`, hint: "Check that it is the right file.",
    });
  }
  await refusePointer(path, file);
  if (!path.endsWith(".json")) return;
  const text = await file.text().catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return;
  } catch (error) {
    throw refusal("no-json", `${path} is not JSON.`, {
      value: path, expected: "a JSON object", received: error instanceof Error ? error.message : String(error),
      hint: "Export or download the file again.",
    });
  }
  throw refusal("no-json", `${path} has the wrong form.`, {
    value: path, expected: "a JSON object", received: text.slice(0, 60), hint: "Export or download the file again.",
  });
}

/** What a clone has in place of large files, if Git LFS was not there. */
async function refusePointer(path: string, file: File): Promise<void> {
  if (file.size > 1024) return;
  const start = await file.slice(0, 40).text().catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!start.startsWith("version https://git-lfs")) return;
  throw refusal("pointer", "A file is only the pointer to its content.", {
    value: path, expected: "the content of the file", received: `a Git LFS pointer of ${file.size} bytes`,
    hint: "Run git lfs pull in the folder, or download the file itself.",
  });
}

/** A file that the browser cannot read: it was changed, moved or is protected. */
export function unreadable(path: string, error: unknown): WardianError {
  return refusal("unreadable", "A file cannot be read.", {
    value: path, expected: "the file as it was when it was given", received: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    hint: "It may have been changed or moved meanwhile: give the folder once more.",
  });
}

interface Facts {
  value: string;
  expected: string;
  received: string;
  hint: string;
}

/** `code` is what the page's texts in the visitor's language go by. */
function refusal(code: string, message: string, facts: Facts): WardianError {
  return new WardianError({ kind: "ModelError", code: `import.${code}`, message, ...facts });
}

/** Unlike "model", a folder's or a file's name tells one model from another. */
function nameOf(root: string, given: string, onnx: string): string {
  const folder = root.split("/").at(-2) ?? "";
  return folder || given || onnx.slice(folderOf(onnx).length);
}

/** A few of many names. */
function some(names: string[]): string {
  const shown = names.slice(0, 6).join(", ");
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown || "nothing";
}

const isOnnx = (path: string) => /\.onnx$/i.test(path);
const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/") + 1);
