/** A run of a task. It goes on where one view of the task takes another's place: in another language, say. */

import { errorFrom } from "../shared/errors";
import type { Answer, WireError } from "../shared/messages";
import { runtime } from "./app_runtime";

/** What shows a run. */
export interface RunPlace {
  progress(answer: Extract<Answer, { type: "progress" }>): void;
  /** The answer so far. */
  partly(value: unknown): void;
  /** The whole answer. */
  wholly(value: unknown): void;
  /** It is over; `error` is why it has no answer. */
  ended(error: WireError | undefined): void;
}

export class TaskRun {
  private readonly controller = new AbortController();

  /** `place` may be replaced while the run goes on. */
  constructor(public place: RunPlace) {}

  cancel(): void {
    this.controller.abort();
  }

  /** Never rejects. */
  async start(task: string, inputs: Record<string, unknown>): Promise<void> {
    let error: WireError | undefined;
    try {
      const value = await runtime.request({ op: "run_task", task, inputs }, {
        signal: this.controller.signal,
        onAnswer: (answer) => (answer.type === "progress" ? this.place.progress(answer) : this.place.partly(answer.value)),
      });
      this.place.wholly(value);
    } catch (thrown) {
      error = errorFrom(thrown).wire;
    }
    this.place.ended(error);
  }
}
