/**
 * Fetches of a runtime's files and of scripts: each with the integrity that the build knows, tried again where that may
 * help. Pyodide and onnxruntime call `fetch` themselves, so it is this worker's `fetch` that is replaced.
 *
 * Responses are passed on as they came: V8 keeps compiled WebAssembly only for the original response.
 */

import { errorFrom, WardianError } from "./errors";
/** Milliseconds before each further attempt. */
const PAUSES = [500, 2000];

/** `Site.integrity` by absolute URL. */
export type Integrity = Record<string, string>;

export function integrityAt(base: string, byPath: Record<string, string>): Integrity {
  return Object.fromEntries(Object.entries(byPath).map(([path, value]) => [new URL(path, base).href, value]));
}

/** Rejects as soon as one of these files could not be had: the runtimes do not always say so. */
export function verifyFetches(integrity: Integrity): Promise<never> {
  const plain = self.fetch.bind(self);
  const failure = new Promise<never>((_, failed) => {
    self.fetch = async (input, options) => {
      const url = input instanceof Request ? input.url : new URL(input, self.location.href).href;
      const expected = integrity[url];
      if (!expected) return plain(input, options);
      try {
        return await attempts(url, (cache) => plain(url, { ...options, integrity: expected, cache }));
      } catch (error) {
        failed(error);
        throw error;
      }
    };
  });
  failure.catch(() => undefined);
  return failure;
}

/**
 * Fetches a script with integrity, all of it. No browser takes an integrity for a worker's script or for an import, but
 * each runs what its HTTP cache holds, which has been verified then. Where there is no such cache the script comes twice,
 * and only the first is verified.
 */
export async function verifyScript(url: string, expected: string | undefined): Promise<void> {
  if (!expected) return;
  const response = await attempts(url, (cache) => self.fetch(url, { integrity: expected, cache, credentials: "same-origin" }));
  await response.arrayBuffer();
}

/** Imports a module in a worker whose `fetch` verifies, after it and those that it imports itself have been verified. */
export async function importVerified(script: string, others: string[]): Promise<unknown> {
  await Promise.all([script, ...others].map(async (url) => (await self.fetch(url)).arrayBuffer()));
  return import(/* @vite-ignore */ script);
}

async function attempts(url: string, fetch: (cache: RequestCache) => Promise<Response>): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      // The first attempt may use the HTTP cache; if what that has is spoilt, the next ones go past it.
      const response = await fetch(attempt === 0 ? "default" : "reload");
      if (response.ok) return response;
      throw new Error(`HTTP status ${response.status}`);
    } catch (error) {
      const pause = PAUSES[attempt];
      if (pause === undefined) throw fileError(url, errorFrom(error).message);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

export function fileError(url: string, received: string): WardianError {
  return new WardianError({
    kind: "DownloadError",
    message: "A file of the app could not be downloaded, or is not the one it should be.",
    value: url,
    received,
    hint: "Check the connection and try again.",
  });
}
