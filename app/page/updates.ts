/** Registers the service worker, and offers a new version when there is one; nothing changes before the visitor says so. */

import { holdVersion, SHELL } from "../shared/version";
import { base, site } from "./app_runtime";
import { h } from "./dom";
import { t } from "./i18n";

/** A tab may stay open for weeks: it asks for a new version when it is looked at, at most this often. */
const CHECK_EVERY = 3_600_000;

/** Resolves when the service worker has the whole shell: its install step is all or nothing. */
let shell: Promise<boolean> | undefined;

holdVersion(site.version);

/** Called when the first task is ready, so that the precache does not compete with start-up. */
export function registerServiceWorker(): Promise<boolean> {
  shell ??= register();
  return shell;
}

async function register(): Promise<boolean> {
  if (!("serviceWorker" in navigator)) return false;
  try {
    const registration = await navigator.serviceWorker.register(new URL("sw.js", base), { updateViaCache: "none" });
    registration.addEventListener("updatefound", () => watch(registration.installing));
    watch(registration.installing ?? registration.waiting);
    checkWhenLookedAt(registration);
    registration.active?.postMessage({ type: "ready" });
    // The first installation may fail: `ready` would then wait for ever.
    return registration.active !== null || (await installed(registration.installing));
  } catch {
    return false;
  }
}

/** Bytes of this version's shell on this device. */
export async function shellBytes(): Promise<number> {
  if (!(await caches.has(SHELL + site.version))) return 0;
  const cache = await caches.open(SHELL + site.version);
  const sizes = (await cache.matchAll()).map(async (response) => (await response.blob()).size);
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

function installed(worker: ServiceWorker | null): Promise<boolean> {
  return new Promise((resolve) => {
    const look = () => {
      if (!worker || worker.state === "redundant") resolve(false);
      else if (worker.state === "activated") resolve(true);
    };
    worker?.addEventListener("statechange", look);
    look();
  });
}

function checkWhenLookedAt(registration: ServiceWorkerRegistration): void {
  let last = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - last < CHECK_EVERY) return;
    last = Date.now();
    registration.update().catch(() => undefined);
  });
}

/** Offers a version that waits beside the one this page runs under; the very first one replaces none. */
function watch(worker: ServiceWorker | null): void {
  if (!worker) return;
  const look = () => {
    if (worker.state === "installed" && navigator.serviceWorker.controller) offer(worker);
  };
  worker.addEventListener("statechange", look);
  look();
}

function offer(worker: ServiceWorker): void {
  const button = h("button", { type: "button", class: "chip", onclick: () => {
    // Another tab may have pressed first.
    if (worker.state !== "installed") return location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage({ type: "activate" });
  } }, t("offline.reload"));
  document.getElementById("notice")!.replaceChildren(h("p", { class: "update" }, t("offline.update"), " ", button));
}
