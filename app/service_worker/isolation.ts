/**
 * Cross-origin isolation for hosts that cannot send headers (threads then work after one reload). Only documents
 * and worker scripts need it. A `.wasm` response is never rebuilt: V8 keeps its compiled code only for the
 * original one. This is for speed and is no security boundary: a forced reload bypasses a service worker.
 */

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export function isolated(request: Request, response: Response): Response {
  const script = request.destination === "document" || request.destination === "worker" || request.destination === "script";
  const wanted = script && !response.headers.has("Cross-Origin-Embedder-Policy");
  if (!wanted || response.type === "opaque" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
