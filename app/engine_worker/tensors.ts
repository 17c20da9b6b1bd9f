/** Tensors between the wire and onnxruntime, and those that stay here. */

import type { InferenceSession, Tensor } from "onnxruntime-common";

import { WardianError } from "../shared/errors";
import type { DType, KeptTensor, TensorData, TensorSpec, WireTensor } from "../shared/messages";
import type { Ort } from "./runtime";

export function toOrt(ort: Ort, wire: WireTensor): Tensor {
  return new ort.Tensor(wire.dtype as "float32", wire.data as Float32Array, wire.dims);
}

/** The data are copied out of the wasm heap by onnxruntime, so that their buffer can be transferred. */
export async function toWire(name: string, tensor: Tensor): Promise<WireTensor> {
  const data = (await tensor.getData(true)) as TensorData;
  const bits = tensor.type === "float16" && !Array.isArray(data)
    ? new Uint16Array(data.buffer, data.byteOffset, data.length)
    : data;
  return { name, dtype: tensor.type as DType, dims: [...tensor.dims], data: bits };
}

export function transferables(tensors: (WireTensor | KeptTensor)[]): Transferable[] {
  const buffers = new Set<ArrayBuffer>();
  for (const tensor of tensors) {
    if (!("data" in tensor) || Array.isArray(tensor.data)) continue;
    if (tensor.data.buffer instanceof ArrayBuffer) buffers.add(tensor.data.buffer);
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

/** Outputs that never leave the engine (a KV cache), by handle. */
export class KeptTensors {
  private readonly tensors = new Map<number, Tensor>();
  private next = 1;

  add(name: string, tensor: Tensor): KeptTensor {
    const handle = this.next++;
    this.tensors.set(handle, tensor);
    return { name, dtype: tensor.type as DType, dims: [...tensor.dims], handle };
  }

  get(handle: number): Tensor {
    const tensor = this.tensors.get(handle);
    if (tensor) return tensor;
    throw new WardianError({
      kind: "TensorError",
      message: "this tensor was released",
      value: `handle ${handle}`,
      hint: "Keep the tensors of the latest run and feed those.",
    });
  }

  release(handles: number[]): void {
    for (const handle of handles) {
      this.tensors.get(handle)?.dispose();
      this.tensors.delete(handle);
    }
  }

  clear(): void {
    this.release([...this.tensors.keys()]);
  }
}
