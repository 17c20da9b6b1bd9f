/** Whether the GPU can be trusted: its device's loss and its errors, which no run of onnxruntime reports by itself. */

import { DeviceFault, errorFrom, WardianError } from "../shared/errors";
import type { FaultReason } from "../shared/messages";

/** A GPU at work compiles shaders for seconds; one that is silent for a minute hangs. */
const OPENS_WITHIN = 60_000;

export class Gpu {
  private readonly watched = new WeakSet<GPUDevice>();
  private fault: DeviceFault | undefined;
  private fail!: (fault: DeviceFault) => void;
  private readonly failed = new Promise<never>((_, reject) => (this.fail = reject));

  constructor() {
    this.failed.catch(() => undefined);
  }

  watch(device: GPUDevice): void {
    if (this.watched.has(device)) return;
    this.watched.add(device);
    void device.lost.then(({ reason, message }) => this.blame("lost", message || `the device was lost (${reason})`));
    // Else a failed allocation is a buffer of zeros, and the run seems to succeed.
    device.addEventListener("uncapturederror", ({ error }) =>
      this.blame(error instanceof GPUOutOfMemoryError ? "memory" : "failed", error.message));
  }

  /** Does work that uses the GPU. Rejects with a DeviceFault as soon as the GPU is known to be at fault. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.fault) throw this.fault;
    try {
      const result = await Promise.race([work(), this.failed]);
      if (this.fault) throw this.fault;
      return result;
    } catch (error) {
      const fault = this.fault ?? faultOf(error);
      if (!fault) throw error;
      this.fault = fault;
      throw fault;
    }
  }

  private blame(reason: FaultReason, received: string): void {
    this.fault ??= new DeviceFault(reason, received);
    this.fail(this.fault);
  }
}

/** `work`, unless it takes longer than anything but a GPU that hangs. */
export function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeviceFault("silent", `no answer in ${OPENS_WITHIN / 1000} seconds`)), OPENS_WITHIN);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What onnxruntime throws is text; whatever names the GPU, its memory or its code is the GPU's fault. */
function faultOf(error: unknown): DeviceFault | undefined {
  if (error instanceof DeviceFault) return error;
  if (error instanceof WardianError) return undefined;
  const received = errorFrom(error).message;
  if (/out of memory|bad_alloc|allocat/i.test(received)) return new DeviceFault("memory", received);
  if (/device (is|was) lost|lost device|DXGI|destroyed/i.test(received)) return new DeviceFault("lost", received);
  if (/webgpu|gpu|wgpu|shader|f16|dawn|mapAsync|failed to fetch|dynamically imported/i.test(received)) return new DeviceFault("failed", received);
  return undefined;
}
