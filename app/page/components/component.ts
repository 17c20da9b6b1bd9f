/** What every input and output of a task is on the page. One file per Python component class. */

import type { ComponentInfo } from "../../shared/site";

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
  /** Takes what was pressed in an answer, where the component is what the answer comes from. */
  act?(action: unknown): void;
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
}

export type InputClass = new (info: ComponentInfo) => InputComponent;
export type OutputClass = new (info: ComponentInfo) => OutputComponent;
