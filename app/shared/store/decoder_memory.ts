/** Memory that a decoder takes for each token of a text: known from its sizes, before a byte of it is fetched. */

import type { DecoderSizes } from "../site";

/** Tokens of a long text that are run at once: half of `CHUNK` of `py/wardian/generation/incremental.py`. */
const CHUNK = 256;

/** How much larger 4- and 8-bit blocks with their scales become where a graph unpacks them to float32. */
const UNPACKED: [RegExp, number][] = [[/_q4_fold\.onnx$/, 32 / 5], [/_q8_fold\.onnx$/, 32 / 9]];

/**
 * While onnxruntime unpacks them, as many times that: what was cast, scaled and shaped is there until the last matrix is
 * folded, and WebAssembly gives no memory back. The 98 MB of SmolLM2-135M take 2.5 GB.
 */
const WHILE_OPENING = 3.4;

/** Bytes a token: what is kept between runs, and what the longest run has in the engine's memory. */
export function perToken({ cache, heads }: DecoderSizes, path: string): { kept: number; run: number } {
  // The past is copied in; where it comes out whole, it is there twice. Attention has scores, and their softmax.
  const copies = path.endsWith("_fold.onnx") ? 1 : 2;
  return { kept: cache, run: copies * cache + 2 * 4 * CHUNK * heads };
}

/** Bytes of weights that a graph unpacks: in the end, and at most while it is opened; `null` where they stay as they are. */
export function unpackedBytes(path: string, packed: number): { then: number; opening: number } | null {
  const factor = UNPACKED.find(([ending]) => ending.test(path))?.[1];
  return factor === undefined ? null : { then: factor * packed, opening: WHILE_OPENING * factor * packed };
}

/** From `config.json` of a decoder that stands alone; the same as `py/wardian_build/decoder_sizes.py`. */
export function decoderSizes(config: unknown): DecoderSizes | undefined {
  const table = (typeof config === "object" && config !== null ? config : {}) as Record<string, unknown>;
  const classes = Array.isArray(table["architectures"]) ? table["architectures"] : [];
  if (!classes.some((name) => typeof name === "string" && /(ForCausalLM|LMHeadModel)$/.test(name))) return undefined;
  const size = (...names: string[]) => names.map((name) => table[name]).find((value): value is number => Number.isInteger(value) && (value as number) > 0);
  const heads = size("num_attention_heads", "n_head");
  const layers = size("num_hidden_layers", "n_layer");
  const features = size("hidden_size", "n_embd");
  const context = size("max_position_embeddings", "n_positions", "n_ctx");
  if (!heads || !layers || !features || !context) return undefined;
  const width = size("head_dim") ?? Math.floor(features / heads);
  return { cache: 2 * layers * (size("num_key_value_heads") ?? heads) * width * 4, heads, context };
}
