/** Tensors between the wire and onnxruntime, and those that stay here. */

import type { InferenceSession, Tensor } from "onnxruntime-common";

import { WardianError } from "../shared/errors";
import type { DType, KeptTensor, TensorData, TensorHead, Tensors, TensorSpec, WireTensor } from "../shared/messages";
import type { Ort } from "./runtime";

export function toOrt(ort: Ort, wire: WireTensor): Tensor {
  return new ort.Tensor(wire.dtype as "float32", wire.data as Float32Array, wire.dims);
}

/** Copied out of the wasm heap by onnxruntime, so that the buffer can be transferred. */
export async function dataOf(tensor: Tensor): Promise<TensorData> {
  const data = (await tensor.getData(true)) as TensorData;
  return tensor.type === "float16" && !Array.isArray(data)
    ? new Uint16Array(data.buffer, data.byteOffset, data.length)
    : data;
}

export function headOf(name: string, tensor: Tensor): TensorHead {
  return { name, dtype: tensor.type as DType, dims: [...tensor.dims] };
}

export function transferables({ data }: Tensors): Transferable[] {
  const buffers = new Set<ArrayBuffer>();
  for (const item of data) {
    if (!Array.isArray(item) && item.buffer instanceof ArrayBuffer) buffers.add(item.buffer);
  }
  return [...buffers];
}

/** A dimension without a length and without a name: -1, as onnxruntime's 32-bit memory has it. */
const NAMELESS = 0xffff_ffff;

export function specsOf(metadata: readonly InferenceSession.ValueMetadata[]): TensorSpec[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, dtype: value.type as DType, dims: value.shape.map((dim) => (dim === NAMELESS ? "" : dim)) }
      : { name: value.name, dtype: "float32", dims: [] },
  );
}

/** Tensors that grow have a multiple of so many places; as `ROOM` of `wardian/session/_kept.py`. */
const ROOM = 64;

interface Kept {
  name: string;
  tensor: Tensor;
}

/** Outputs that never leave the engine (a KV cache), by handle. */
export class KeptTensors {
  private readonly tensors = new Map<number, Kept>();
  private next = 1;

  add(name: string, tensor: Tensor): KeptTensor {
    const handle = this.next++;
    this.tensors.set(handle, { name, tensor });
    return described(handle, name, tensor);
  }

  /** Writes a tensor after the first `at` places of another; where there is no room, into a larger one. */
  append(ort: Ort, name: string, tensor: Tensor, handle: number | null, axis: number, at: number): KeptTensor {
    const before = handle === null ? undefined : this.get(handle);
    const added = tensor.dims[axis]!;
    const fits = before === undefined ? at === 0 : at <= before.dims[axis]! && before.type === tensor.type
      && before.dims.length === tensor.dims.length && before.dims.every((dim, index) => index === axis || dim === tensor.dims[index]);
    if (!fits || [tensor, before].some((one) => one && one.location !== "cpu")) {
      throw new WardianError({
        kind: "TensorError",
        message: `Output '${name}' cannot be appended at place ${at}.`,
        expected: before ? `a tensor like (${before.dims.join(", ")}), not on a GPU` : "nothing yet, and place 0",
        received: `(${tensor.dims.join(", ")}), ${tensor.location}`,
      });
    }
    let into = before;
    if (!into || at + added > into.dims[axis]!) {
      const dims = [...tensor.dims];
      dims[axis] = Math.ceil((at + added) / ROOM) * ROOM;
      into = empty(ort, tensor, dims);
      if (before) copyPlaces(before, into, axis, at, 0);
      if (handle !== null) this.release([handle]);
      handle = null;
    }
    copyPlaces(tensor, into, axis, added, at);
    return handle === null ? this.add(name, into) : described(handle, name, into);
  }

  /** A tensor of other rows in the place of one; that of a GPU comes from there for this, and goes back when it is fed. */
  async gather(ort: Ort, handle: number, rows: number[]): Promise<KeptTensor> {
    const { name, tensor } = this.kept(handle);
    const whole = new ort.Tensor(tensor.type as "float32", (await tensor.getData()) as Float32Array, tensor.dims);
    const data = bits(whole);
    const dims = [rows.length, ...tensor.dims.slice(1)];
    const found = empty(ort, tensor, dims);
    const size = data.length / tensor.dims[0]!;
    rows.forEach((row, index) => bits(found).set(data.subarray(row * size, (row + 1) * size), index * size));
    this.release([handle]);
    return this.add(name, found);
  }

  get(handle: number): Tensor {
    return this.kept(handle).tensor;
  }

  private kept(handle: number): Kept {
    const kept = this.tensors.get(handle);
    if (kept) return kept;
    throw new WardianError({
      kind: "TensorError",
      message: "this tensor was released",
      value: `handle ${handle}`,
      hint: "Keep the tensors of the latest run and feed those.",
    });
  }

  release(handles: number[]): void {
    for (const handle of handles) {
      this.tensors.get(handle)?.tensor.dispose();
      this.tensors.delete(handle);
    }
  }

  clear(): void {
    this.release([...this.tensors.keys()]);
  }
}

function described(handle: number, name: string, tensor: Tensor): KeptTensor {
  return { ...headOf(name, tensor), handle };
}

/** Zeros of a tensor's type. */
function empty(ort: Ort, like: Tensor, dims: number[]): Tensor {
  const size = dims.reduce((count, dim) => count * dim, 1);
  const Data = TYPED[like.type];
  if (!Data) throw new WardianError({ kind: "TensorError", message: `A tensor of dtype ${like.type} cannot grow.` });
  return new ort.Tensor(like.type as "float32", new Data(size) as Float32Array, dims);
}

/** What caches are made of. */
const TYPED: Record<string, typeof Float32Array | typeof Uint16Array> = { float32: Float32Array, float16: Uint16Array };

/** Copies the first `count` places of an axis to place `at` of another tensor. */
function copyPlaces(from: Tensor, to: Tensor, axis: number, count: number, at: number): void {
  const inner = from.dims.slice(axis + 1).reduce((size, dim) => size * dim, 1);
  const outer = from.dims.slice(0, axis).reduce((size, dim) => size * dim, 1);
  const [source, target] = [bits(from), bits(to)];
  const [stride, step] = [from.dims[axis]! * inner, to.dims[axis]! * inner];
  for (let row = 0; row < outer; row++) {
    target.set(source.subarray(row * stride, row * stride + count * inner), row * step + at * inner);
  }
}

/** Numbers as they lie in memory: float16 is one type here, and where the browser has it, another there. */
function bits(tensor: Tensor): Float32Array | Uint16Array {
  const data = tensor.data as Float32Array;
  return tensor.type === "float16" ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
}
