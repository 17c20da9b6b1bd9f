/**
 * The app shell by version: each version has a cache of its own, filled with integrity, all or nothing. What a version
 * shares with one that is already here is copied and not fetched again.
 *
 * A page says which version it is by a Web Lock that it holds while it lives, so a version is kept as long as a tab
 * of it is open, and its files (whose URLs contain their hash) go on being answered from there. Versions never mix.
 */

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
  private opened: Promise<Cache> | undefined;

  constructor(version: string, private readonly base: string, private readonly files: ShellFile[]) {
    this.name = SHELL + version;
  }

  /** Rejects when one file is not the one it should be; those that are stay for the next attempt. */
  async install(): Promise<void> {
    const cache = await this.cache();
    const here = new Set((await cache.keys()).map(({ url }) => url));
    const missing = this.files.filter(({ url }) => !here.has(this.at(url)));
    const others = await this.otherCaches();
    const work = async () => {
      for (let file = missing.shift(); file; file = missing.shift()) {
        const known = hasHash(file.url) ? await firstMatch(others, this.at(file.url)) : undefined;
        await cache.put(this.at(file.url), known ?? (await this.fetch(file)));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  /** This version's file, or, where the URL contains a hash, that of a version which still has tabs. */
  async match(path: string): Promise<Response | undefined> {
    const url = this.at(path);
    const own = await (await this.cache()).match(url);
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

  private cache(): Promise<Cache> {
    this.opened ??= caches.open(this.name);
    return this.opened;
  }

  private async otherCaches(): Promise<Cache[]> {
    const names = (await caches.keys()).filter((name) => name.startsWith(SHELL) && name !== this.name);
    return Promise.all(names.map((name) => caches.open(name)));
  }

  private async fetch({ url, integrity }: ShellFile): Promise<Response> {
    const request = (cache: RequestCache) => fetch(this.at(url), { integrity, cache, credentials: "same-origin" });
    // Past the HTTP cache where that has a spoilt copy: it would give it again and again.
    const response = await request(hasHash(url) ? "default" : "no-cache").catch(() => request("reload"));
    if (!response.ok) throw new Error(`${url}: HTTP status ${response.status}`);
    // Some hosts send `/` for `/index.html` by a redirect, and a redirected response may not answer a navigation.
    return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
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
