/**
 * Signs of life of the workers at work. A worker that computes cannot answer, and that is no fault: nothing is
 * ended because of its silence. But the visitor is told, and can tell a long computation from a lost connection.
 */

/** Milliseconds between two questions. */
const EVERY = 1_000;

/** A worker answers in less unless it computes. */
const SILENT_AFTER = 3_000;

export interface Silence {
  worker: "python" | "engine";
  /** Whose engine it is. */
  owner: string | null;
  /** Since it was asked. */
  milliseconds: number;
}

export interface Asked {
  worker: Silence["worker"];
  owner: string | null;
  /** Asks for a sign of life unless it is still to answer; how long it has been silent since it was asked. */
  ask(): number;
}

export class Pulse {
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `atWork` says whom to ask; `tell` is called for each worker that is silent, every second until it is not. */
  constructor(private readonly atWork: () => Asked[], private readonly tell: (silence: Silence) => void) {}

  /** Ask from now on, for as long as anyone is at work. */
  begin(): void {
    this.timer ??= setTimeout(() => this.beat(), EVERY);
  }

  private beat(): void {
    this.timer = undefined;
    const asked = this.atWork();
    for (const { worker, owner, ask } of asked) {
      const milliseconds = ask();
      if (milliseconds >= SILENT_AFTER) this.tell({ worker, owner, milliseconds });
    }
    if (asked.length > 0) this.begin();
  }
}
