/**
 * The service worker: the app shell by version, and isolation headers where the host sends none. Models are not its
 * business: `app/shared/store/` keeps them, verified.
 *
 * A new version waits until the visitor presses "Update" or the last tab of the old one closes.
 */

import { isolated } from "./isolation";
import { Shell, type ShellFile } from "./shell";

declare const self: ServiceWorkerGlobalScope & {
  /** Written in front of this script by the build. */
  __WARDIAN_PRECACHE: ShellFile[];
  __WARDIAN_VERSION: string;
};

const base = new URL("./", self.location.href).href;
const shell = new Shell(self.__WARDIAN_VERSION, base, self.__WARDIAN_PRECACHE);

self.addEventListener("install", (event) => event.waitUntil(shell.install(event)));
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), shell.sweep(self.registration)])));
self.addEventListener("message", (event) => {
  const { type } = (event.data ?? {}) as { type?: string };
  if (type === "activate") void self.skipWaiting();
  // A page is ready: by now, the tabs that were closed before it have let go of their versions.
  if (type === "ready") event.waitUntil(shell.sweep(self.registration));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const [address] = request.url.split(/[?#]/);
  if (request.method !== "GET" || !address!.startsWith(base) || request.headers.has("range")) return;
  const path = address!.slice(base.length);
  // Shards go straight to the network: passing them through here would only slow them down.
  if (path.startsWith("models/")) return;
  event.respondWith(answer(request, path));
});

async function answer(request: Request, path: string): Promise<Response> {
  const name = request.mode === "navigate" && path === "" ? "index.html" : path;
  return isolated(request, (await shell.match(name)) ?? (await fetch(request)));
}
