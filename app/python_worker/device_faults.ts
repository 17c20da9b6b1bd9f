/** What was seen of WebGPU, by model: after the first fault it gets a new engine, after the second WASM. */

import { DeviceFault, type WardianError } from "../shared/errors";
import type { DeviceNote, SessionSpec } from "../shared/messages";

const MOST_FAULTS = 2;

interface Seen {
  times: number;
  fault: DeviceFault;
}

export class DeviceFaults {
  private readonly seen = new Map<string, Seen>();

  /** The spec as it is to be opened. */
  choose(spec: SessionSpec): SessionSpec {
    const seen = this.seen.get(contentOf(spec));
    if (spec.device === "wasm" || !seen || seen.times < MOST_FAULTS) return spec;
    return { ...spec, key: `${contentOf(spec)}/wasm/${spec.threads}`, device: "wasm" };
  }

  /** Counts an error that is the device's fault; false for any other error. */
  add(spec: SessionSpec, error: WardianError): boolean {
    if (spec.device === "wasm") return false;
    const before = this.seen.get(contentOf(spec));
    // Where there was a GPU before, its absence is the same fault once more: browsers withdraw one that fails.
    const fault = error instanceof DeviceFault ? error : error.wire.kind === "DeviceError" ? before?.fault : undefined;
    if (!fault) return false;
    this.seen.set(contentOf(spec), { times: (before?.times ?? 0) + 1, fault });
    return true;
  }

  /** What a visitor is to know of a model that was wanted elsewhere. */
  note(wanted: SessionSpec, device: "wasm" | "webgpu"): Pick<DeviceNote, "reason" | "received"> | null {
    const seen = this.seen.get(contentOf(wanted));
    if (wanted.device === "wasm" || device === "webgpu" || !seen) return null;
    return { reason: seen.fault.reason, received: seen.fault.wire.received ?? "" };
  }
}

/** The hash of the model's file: the first part of every key. */
function contentOf({ key }: SessionSpec): string {
  return key.slice(0, key.indexOf("/"));
}
