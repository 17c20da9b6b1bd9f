/**
 * The service worker: the app shell, precached with integrity and all or nothing, and isolation headers where
 * the host sends none. Models are not its business: `app/shared/model_store.ts` keeps them, verified.
 */

import { cleanupOutdatedCaches, matchPrecache, precache } from "workbox-precaching";

import { isolated } from "./isolation";

declare const self: ServiceWorkerGlobalScope & {
  /** Written in front of this script by the build. */
  __WARDIAN_PRECACHE: { url: string; revision: string | null; integrity?: string }[];
};

precache(self.__WARDIAN_PRECACHE);
cleanupOutdatedCaches();

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", ({ data }) => {
  if ((data as { type?: string } | null)?.type === "activate") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.headers.has("range")) return;
  event.respondWith(answer(event.request, url));
});

async function answer(request: Request, url: URL): Promise<Response> {
  const path = request.mode === "navigate" && url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
  const response = (await matchPrecache(url.origin + path)) ?? (await fetch(request));
  return isolated(request, response);
}
