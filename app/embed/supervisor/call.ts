/** One request of a page, from its start to its one end. */

import type { WardianError } from "../../shared/errors";
import type { Answer, Request } from "../../shared/messages";

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  onAnswer?: (answer: Meanwhile) => void;
}

type Meanwhile = Extract<Answer, { type: "progress" | "partial" }>;

export class Call {
  /** Given to Python; until then it waits for something to be opened again. */
  posted = false;
  /** Its caller has its answer; what Python says of it is of no interest any more. */
  cancelled = false;
  attempts = 0;
  onend: (error: WardianError | null, value?: unknown) => void = () => undefined;
  private streamed = false;

  constructor(
    readonly id: number,
    readonly request: Request,
    readonly replay: boolean,
    private readonly onAnswer: RequestOptions["onAnswer"],
  ) {}

  /** Whether it runs a model, and does not open one. */
  get runs(): boolean {
    return this.request.op === "run_task" || this.request.op === "run_pipeline";
  }

  heard(answer: Meanwhile): void {
    this.streamed ||= answer.type === "partial";
    this.onAnswer?.(answer);
  }

  /**
   * Whether a new Python may be asked once more. A run is repeated only if it was certainly not what ended the
   * one before, and if nothing of its answer was shown.
   */
  mayRepeat(innocent: boolean): boolean {
    if (!this.posted) return true;
    return this.attempts < 2 && !this.streamed && (innocent || !this.runs);
  }
}
