/** The ways out of a page that no header closes in every browser: removed before anything else runs. */

export function seal(): void {
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"]) {
    Reflect.deleteProperty(globalThis, name);
  }
}
