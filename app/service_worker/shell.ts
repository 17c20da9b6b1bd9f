/**
 * The app shell by version: each version has a cache of its own, which Workbox fills with integrity, all or nothing. What
 * a version shares with one that is already here is copied and not fetched again.
 *
 * A page says which version it is by a Web Lock that it holds while it lives, so a version is kept as long as a tab
 * of it is open, and its files (whose URLs contain their hash) go on being answered from there. Versions never mix.
 */

import type { WorkboxPlugin } from "workbox-core/types.js";
import { PrecacheStrategy } from "workbox-precaching/PrecacheStrategy.js";

import { SHELL, versionOfLock } from "../shared/version";

export interface ShellFile {
  /** Relative to the site's root. */
  url: string;
  /** As `fetch` takes it. */
  integrity: string;
}

/** Files at a time: the page may be working meanwhile. */
const CONNECTIONS = 3;

export class Shell {
  private readonly name: string;
  private readonly strategy: PrecacheStrategy;

  constructor(version: string, private readonly base: string, private readonly files: ShellFile[]) {
    this.name = SHELL + version;
    this.strategy = new PrecacheStrategy({ cacheName: this.name, plugins: [this.copying()] });
  }

  /** Rejects when one file is not the one it should be; those that are stay for the next attempt. */
  async install(event: ExtendableEvent): Promise<void> {
    const missing = [...this.files];
    const work = async () => {
      for (let file = missing.shift(); file; file = missing.shift()) await this.add(event, file);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  /** This version's file, or, where the URL contains a hash, that of a version which still has tabs. */
  async match(path: string): Promise<Response | undefined> {
    const url = this.at(path);
    const own = await caches.match(url, { cacheName: this.name });
    if (own || !hasHash(path)) return own;
    return firstMatch(await this.otherCaches(), url);
  }

  /** Removes versions that no tab shows any more. */
  async sweep(registration: ServiceWorkerRegistration): Promise<void> {
    // A version that is being installed or waits has no tabs yet.
    if (registration.installing || registration.waiting) return;
    const { held = [], pending = [] } = await navigator.locks.query();
    const shown = new Set([...held, ...pending].map(({ name }) => versionOfLock(name ?? "")));
    for (const name of await caches.keys()) {
      if (name.startsWith(SHELL) && name !== this.name && !shown.has(name.slice(SHELL.length))) await caches.delete(name);
    }
  }

  /** Fetches one file, unless it is here already. */
  private async add(event: ExtendableEvent, { url, integrity }: ShellFile): Promise<void> {
    const request = (cache: RequestCache) => new Request(this.at(url), { integrity, cache, credentials: "same-origin" });
    const handle = (cache: RequestCache) => Promise.all(this.strategy.handleAll({ event, request: request(cache) }));
    // Past the HTTP cache where that has a spoilt copy: it would give it again and again.
    await handle(hasHash(url) ? "default" : "no-cache").catch(() => handle("reload"));
  }

  /** What another version has is put into this one's cache, and Workbox finds it there. */
  private copying(): WorkboxPlugin {
    return {
      cachedResponseWillBeUsed: async ({ cachedResponse, request: { url } }) => {
        if (cachedResponse || !hasHash(url.slice(this.base.length))) return cachedResponse;
        const known = await firstMatch(await this.otherCaches(), url);
        if (known) await (await caches.open(this.name)).put(url, known.clone());
        return known;
      },
    };
  }

  private async otherCaches(): Promise<Cache[]> {
    const names = (await caches.keys()).filter((name) => name.startsWith(SHELL) && name !== this.name);
    return Promise.all(names.map((name) => caches.open(name)));
  }

  private at(path: string): string {
    return new URL(path, this.base).href;
  }
}

/** Files at the root have stable names; every other URL contains a hash of its content. */
function hasHash(path: string): boolean {
  return path.includes("/");
}

async function firstMatch(found: Cache[], url: string): Promise<Response | undefined> {
  for (const cache of found) {
    const response = await cache.match(url);
    if (response) return response;
  }
  return undefined;
}
