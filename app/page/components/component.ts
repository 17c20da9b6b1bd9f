/** What every input and output of a task is on the page. One file per Python component class. */

import type { ComponentInfo } from "../../shared/site";

/** What became of a run: an answer, the visitor's stop, or an error. */
export type RunEnd = "done" | "cancelled" | "failed";

/** An input in which the answers appear, too, and which runs its task itself: it takes the whole width. */
export interface AnswerHost {
  /** Where errors and outputs of the task are to be. */
  readonly place: HTMLElement;
  /** Where the state of the task is to be. */
  readonly foot: HTMLElement;
  /** Asks the task to run with the payload as it is now; a run that goes on is cancelled before. */
  onrun: () => void;
  /** Asks the task to cancel the run that goes on. */
  oncancel: () => void;
  /** Asks the task to show these outputs; undefined: none. */
  onshow: (outputs: unknown[] | undefined) => void;
  /** Something else is shown than what the last run was about: its error is over. */
  onopen: () => void;
  /** A run begins; then come its outputs, each in place of those before, and its end. */
  began(): void;
  answered(outputs: unknown[]): void;
  ended(how: RunEnd): void;
}

export function isHost(input: InputComponent): input is InputComponent & AnswerHost {
  return "answered" in input;
}

export interface InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  /** A setting beside the real inputs: alone it is nothing to run on. */
  readonly optional?: boolean;
  /** The payload for `wardian.worker`, or `null` while there is nothing to run on. */
  payload(): unknown;
  /** Shows an example's payload or a draft. */
  show(value: unknown): void;
  /** What to keep across a reload; must survive JSON. */
  draft(): unknown;
  /** Called with `true` when the change is complete (a stroke ended, a file was chosen). */
  onchange: (complete: boolean) => void;
  /** Marks the text that an answer came from, where the component can. */
  highlight?(start: number, end: number): void;
  /** What a draft cannot hold (a file), for `show` of the component that takes this one's place. */
  carry?(): unknown;
  /** Takes what was pressed in an answer, where the component is what the answer comes from; true asks for a run. */
  act?(action: unknown): unknown;
  /** A model was opened for the task: the visitor's own by its id, or the task's (null); `offers` are `Pipeline.offers()`. */
  opened?(own: string | null, offers: Record<string, unknown>): void;
  /** Ends what outlives the element: listeners on the document. */
  dispose?(): void;
}

export interface OutputComponent {
  readonly element: HTMLElement;
  show(payload: unknown): void;
  clear(): void;
  /** Asks the task to point at characters of an input. */
  onpoint?: (start: number, end: number) => void;
  /** Tells the task's inputs what the visitor pressed in the answer. */
  onact?: (action: never) => void;
  /**
   * The visitor changed the answer, or one that they had changed is shown. What they did is in its payload, which is kept
   * as JSON, and survives a reload.
   */
  onwork?: () => void;
}

export type InputClass = new (info: ComponentInfo) => InputComponent;
export type OutputClass = new (info: ComponentInfo) => OutputComponent;
