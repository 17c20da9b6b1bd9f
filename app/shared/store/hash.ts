/** SHA-256, by the browser. */

import { WardianError } from "../errors";

/** Lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new WardianError({
      kind: "DeviceError",
      message: "this page cannot verify what it downloads: it is not in a secure context",
      expected: "https, or http on localhost",
      received: location.origin,
    });
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  let hex = "";
  for (const byte of digest) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
