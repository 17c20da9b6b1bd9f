/** Answers that come piece by piece, as something to loop over: `for await (const delta of stream) …`. */

import { errorFrom } from "../shared/errors";

/** What one step added, and what all of them have taken so far. */
export interface TextDelta {
  /** May be empty: a character can take several tokens. */
  text: string;
  tokens: number;
  seconds: number;
  first_token_seconds: number;
  /** On the last one: why it ends there. */
  finish_reason: "eos" | "stop_string" | "length" | null;
}

/** Begins the work that gives pieces, until it ends or the signal is aborted. */
type Work<T> = (signal: AbortSignal, give: (piece: T) => void) => Promise<unknown>;

/**
 * The pieces of a work that begins with the first `next()`. Who leaves the loop, or aborts `signal`, ends the work; what
 * the work fails with is thrown after the pieces that came before.
 */
export async function* piecesOf<T>(work: Work<T>, signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
  const leaving = new AbortController();
  const pieces: T[] = [];
  let failure: unknown;
  let done = false;
  let wake: () => void = () => undefined;
  const either = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
  const working = work(either, (piece) => {
    pieces.push(piece);
    wake();
  }).catch((error: unknown) => (failure = errorFrom(error))).finally(() => {
    done = true;
    wake();
  });
  try {
    for (;;) {
      // Who has aborted wants no more of what is waiting.
      if (!signal?.aborted && pieces.length > 0) yield pieces.shift()!;
      else if (done) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await working;
    if (failure) throw failure;
  } finally {
    leaving.abort();
  }
}
