/**
 * A worker holds a lock of this name for as long as it lives, and the page waits for the same lock. The browser
 * gives it to the page when the worker is gone, however it went, and not while it is merely busy: no heartbeat
 * over messages could tell the two apart.
 */

/** In a worker: hold the lock until the end, and say so by `held` (at once where there are no locks). */
export function holdLifeline(name: string, held: () => void): void {
  if (!navigator.locks) return held();
  void navigator.locks.request(name, () => {
    held();
    return new Promise<never>(() => undefined);
  });
}

/** In the page, after `held`: calls `gone` when the worker is gone, unless `signal` is aborted before. */
export function watchLifeline(name: string, signal: AbortSignal, gone: () => void): void {
  navigator.locks?.request(name, { signal }, () => {
    if (!signal.aborted) gone();
  }).catch(() => undefined);
}
