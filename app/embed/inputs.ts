/** What callers may pass to a pipeline, as the payloads that `wardian.worker` takes. */

import { WardianError } from "../shared/errors";
import { wellFormed } from "../shared/text";

export type PipelineInput =
  | string | string[]
  | TextPair | (string | TextPair)[]
  | PlainObject | PlainObject[]
  | Blob | ArrayBuffer | Uint8Array | URL
  | ImageData | HTMLCanvasElement | OffscreenCanvas | HTMLImageElement;

/** Two texts that are classified together, with the names that transformers has. */
export type TextPair = { text: string; text_pair?: string };

/** A question with its context, a sentence with others, a table by columns or rows: Python looks at the names. */
export type PlainObject = { [name: string]: unknown };

/** What a caller gave, as one input and options: transformers.js takes a second input for some kinds. */
export function asOneInput(task: string, given: unknown[]): { input: unknown; options: Record<string, unknown> } {
  const [input, second, third] = given;
  const isInput = typeof second === "string" || Array.isArray(second);
  if (!isInput) return { input, options: (second ?? {}) as Record<string, unknown> };
  const options = (third ?? {}) as Record<string, unknown>;
  if (task === "question-answering") return { input: { question: input, context: second }, options };
  if (task === "zero-shot-classification") return { input, options: { ...options, candidate_labels: second } };
  throw new WardianError({
    kind: "InputError",
    message: `${task} takes one input`,
    expected: "an input, and an object of options",
    received: `${given.length} arguments, the second one of them ${Array.isArray(second) ? "a list" : "a text"}`,
  });
}

/** Text stays text; pixels become `{width, height, data}` (RGBA), encoded images `{file, name}`. */
export async function toPayload(input: unknown): Promise<unknown> {
  if (typeof input === "string") return wellFormed(input);
  if (input === null || typeof input !== "object") return input;
  if (Array.isArray(input)) return Promise.all(input.map(toPayload));
  if (input instanceof URL) return fetchFile(input.href);
  if (input instanceof Blob) {
    return { file: new Uint8Array(await input.arrayBuffer()), name: input instanceof File ? input.name : "image" };
  }
  if (input instanceof ArrayBuffer) return { file: new Uint8Array(input), name: "image" };
  if (input instanceof Uint8Array) return { file: input, name: "image" };
  if (input instanceof ImageData) return pixels(input);
  if (input instanceof HTMLImageElement) return fetchFile(input.currentSrc || input.src);
  if (input instanceof HTMLCanvasElement || input instanceof OffscreenCanvas) {
    const context = input.getContext("2d") as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
    if (context) return pixels(context.getImageData(0, 0, input.width, input.height));
  }
  if (Object.getPrototypeOf(input) === Object.prototype) {
    const entries = Object.entries(input).map(async ([name, value]) => [name, await toPayload(value)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  throw new WardianError({
    kind: "InputError",
    message: "this input is of no kind that a pipeline takes",
    received: Object.prototype.toString.call(input),
    expected: "text, a plain object, a Blob, bytes, a same-origin URL, ImageData, a canvas or an image element",
  });
}

function pixels({ width, height, data }: ImageData) {
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

async function fetchFile(url: string) {
  const response = await fetch(url);
  if (response.ok) return { file: new Uint8Array(await response.arrayBuffer()), name: url };
  throw new WardianError({
    kind: "InputError",
    message: `the image could not be read: HTTP status ${response.status}`,
    value: url,
    expected: "an image of this site",
  });
}
