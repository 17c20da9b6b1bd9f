/**
 * Shared memory through which the page stops Python that does not await.
 *
 * Cell 0 is Pyodide's: 2 raises SIGINT between two bytecodes. The others hold the requests that are being
 * cancelled. Python's handler (`wardian/_platform.py`) ends the running code only if it works for one of them,
 * and marks the rest as seen: what they wait for is their turn, and Python is not stuck because of them.
 */

const SIGINT = 2;
const CELLS = 16;

export class Interrupt {
  constructor(readonly cells: Int32Array) {}

  /** Null where the page is not isolated: memory cannot be shared there. */
  static create(): Interrupt | null {
    return crossOriginIsolated ? new Interrupt(new Int32Array(new SharedArrayBuffer(4 * CELLS))) : null;
  }

  reset(): void {
    this.cells.fill(0);
  }

  /** The request is to end; `signal` is what makes Python look. */
  announce(request: number): void {
    Atomics.store(this.cells, cellOf(request), request);
  }

  signal(): void {
    Atomics.store(this.cells, 0, SIGINT);
  }

  forget(request: number): void {
    if (Math.abs(Atomics.load(this.cells, cellOf(request))) === request) Atomics.store(this.cells, cellOf(request), 0);
  }

  /** Whether Python has looked, and was at work for another request. */
  seen(request: number): boolean {
    return Atomics.load(this.cells, cellOf(request)) === -request;
  }

  /** In Python's worker: whether the request is to end; all others are marked as seen if it is not. */
  ends(request: number): boolean {
    if (request > 0 && Atomics.load(this.cells, cellOf(request)) === request) return true;
    for (let cell = 1; cell < CELLS; cell++) {
      const other = Atomics.load(this.cells, cell);
      if (other > 0) Atomics.compareExchange(this.cells, cell, other, -other);
    }
    return false;
  }
}

function cellOf(request: number): number {
  return 1 + (request % (CELLS - 1));
}
