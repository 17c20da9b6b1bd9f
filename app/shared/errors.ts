/** Errors that cross threads: the same fields as `wardian.errors` in Python. */

import type { FaultReason, WireError } from "./messages";

export class WardianError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError, message: string = wire.message) {
    super(message);
    this.name = wire.kind;
    this.wire = wire;
  }
}

/** As `str()` of the same error in Python: for programs, which have no panel for what else is known. */
export function inFull({ message, value, expected, received, hint }: WireError): string {
  const facts = [value && `got ${value}`, expected && `expected ${expected}`, received && `received ${received}`].filter(Boolean).join("; ");
  return [message, facts && `${facts[0]!.toUpperCase()}${facts.slice(1)}.`, hint].filter(Boolean).join(" ");
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
