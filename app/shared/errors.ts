/** Errors that cross threads: the same fields as `wardian.errors` in Python. */

import type { FaultReason, WireError } from "./messages";

export class WardianError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(wire.message);
    this.name = wire.kind;
    this.wire = wire;
  }
}

/** Any thrown value as an error with wire fields. */
export function errorFrom(thrown: unknown, kind = "UnexpectedError"): WardianError {
  if (thrown instanceof WardianError) return thrown;
  if (thrown instanceof Error) {
    return new WardianError({ kind, message: thrown.message || thrown.name, details: thrown.stack ?? null });
  }
  return new WardianError({ kind, message: String(thrown) });
}

/** WebGPU is to blame: the model is to be opened again, in another engine or on another device. */
export class DeviceFault extends WardianError {
  constructor(readonly reason: FaultReason, received: string) {
    super({
      kind: "DeviceError",
      message: "WebGPU failed on this device.",
      received,
      hint: 'Use device "wasm".',
    });
  }
}

export function cancelled(): WardianError {
  return new WardianError({ kind: "CancelledError", message: "cancelled" });
}
