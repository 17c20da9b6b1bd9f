/** Which version a page is, told to the service worker by a lock that the page holds as long as it lives. */

const NAME = "wardian-version ";

/** The cache in which the service worker keeps a version. */
export const SHELL = "wardian-shell ";

/** The version that a lock's name tells; empty for other locks. */
export function versionOfLock(name: string): string {
  return name.startsWith(NAME) ? name.slice(NAME.length) : "";
}

/** Keeps this version's files in the service worker until the page closes. */
export function holdVersion(version: string): void {
  // Never settles: the lock goes with the page. Rejects where locks are refused; then there is no service worker either.
  navigator.locks?.request(NAME + version, { mode: "shared" }, () => new Promise(() => undefined)).catch(() => undefined);
}
