/**
 * A golden input whose output is known, run before a model is used on WebGPU: a driver that miscalculates gives
 * no error. The file is made by `py/wardian_build/canary.py`, which also says why the tolerances are what they are.
 */

import type { InferenceSession, Tensor } from "onnxruntime-common";

import { DeviceFault } from "../shared/errors";
import type { DType, ShippedCanary, TensorData } from "../shared/messages";
import { Download, joined } from "../shared/store/download";
import { ShardStore } from "../shared/store/shards";
import { inTime } from "./gpu";
import type { Ort } from "./runtime";
import { toOrt } from "./tensors";

type Rule = "ones" | "zeros" | "range" | "ids" | "fraction";

export interface CanaryInput {
  name: string;
  dtype: DType;
  dims: number[];
  fill: Rule;
}

interface Canary {
  inputs: CanaryInput[];
  /** `values` are evenly spaced over the flat output; null: not finite. */
  outputs: { name: string; dims: number[]; values: (number | null)[] }[];
  /** Largest deviation, relative to the largest reference value of an output. */
  tolerance: number;
}

/** Rejects with a DeviceFault if the device computes something else than the reference. */
export async function checkCanary(
  ort: Ort, session: InferenceSession, { base, file }: ShippedCanary,
): Promise<void> {
  const loaded = await new Download(new ShardStore(base), [file]).run();
  const canary = JSON.parse(new TextDecoder().decode(joined(file, loaded))) as Canary;
  const feeds: Record<string, Tensor> = {};
  for (const { name, dtype, dims, fill } of canary.inputs) {
    feeds[name] = toOrt(ort, { name, dtype, dims, data: filled(fill, dtype, dims) });
  }
  const results = await inTime(session.run(feeds, canary.outputs.map(({ name }) => name)));
  for (const { name, dims, values } of canary.outputs) {
    const tensor = results[name]!;
    const wrong = differs(values, tensor.dims, dims, await numbersOf(tensor, true), canary.tolerance);
    if (wrong) throw new DeviceFault("canary", `${name}: ${wrong}`);
  }
}

/** The values of a tensor; of half precision, too, where the browser has no Float16Array and gives its bits. */
export async function numbersOf(tensor: Tensor, release: boolean): Promise<ArrayLike<number | bigint>> {
  const data = (await tensor.getData(release)) as ArrayLike<number | bigint>;
  return tensor.type === "float16" && data instanceof Uint16Array ? Float32Array.from(data, fromHalf) : data;
}

function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24
    : exponent === 31 ? (fraction ? NaN : Infinity)
    : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

/** How the output differs from the reference; null if it does not. */
export function differs(
  reference: (number | null)[], dims: readonly number[], wanted: number[],
  found: ArrayLike<number | bigint>, tolerance: number,
): string | null {
  if (dims.join() !== wanted.join()) return `dimensions ${dims.join(", ")} in place of ${wanted.join(", ")}`;
  const scale = Math.max(...reference.map((value) => Math.abs(value ?? 0)));
  let worst = 0;
  for (let k = 0; k < reference.length; k++) {
    const expected = reference[k];
    const value = Number(found[Math.floor((k * found.length) / reference.length)]);
    if (expected === null || expected === undefined) continue;
    if (!Number.isFinite(value)) return `${value} in place of ${expected}`;
    worst = Math.max(worst, Math.abs(value - expected));
  }
  return worst <= tolerance * scale ? null : `off by ${worst.toPrecision(3)} where values reach ${scale.toPrecision(3)}`;
}

/** As `fill` of `canary.py`, number for number. */
export function filled(rule: Rule, dtype: DType, dims: number[]): TensorData {
  const length = dims.reduce((product, dim) => product * dim, 1);
  const last = Math.max(dims.at(-1) ?? 1, 1);
  const value = (index: number) => {
    const scattered = (index * 40504) % 65536;
    switch (rule) {
      case "ones": return 1;
      case "zeros": return 0;
      case "range": return index % last;
      case "ids": return 1 + (scattered % 50);
      case "fraction": return scattered / 65536;
    }
  };
  const of = <A>(array: { from(source: { length: number }, map: (_: unknown, index: number) => number): A }) =>
    array.from({ length }, (_, index) => value(index));
  switch (dtype) {
    case "float32": return of(Float32Array);
    case "float64": return of(Float64Array);
    case "float16": return Uint16Array.from({ length }, (_, index) => halfBits(value(index)));
    case "int64": return BigInt64Array.from({ length }, (_, index) => BigInt(value(index)));
    case "int32": return of(Int32Array);
    case "int8": return of(Int8Array);
    default: return of(Uint8Array);
  }
}

/** The bits of a number in [0, 1] or a small integer as IEEE half, rounded to even as NumPy does. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.max(Math.floor(Math.log2(value)), -14);
  const scaled = value * 2 ** (10 - exponent);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return rounded < 1024 ? rounded : ((exponent + 14) << 10) + rounded;
}
