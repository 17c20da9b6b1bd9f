/**
 * A text with its edits in place: what goes is struck through, what comes is underlined. Each is accepted at first; a
 * click, Enter or Space rejects it or takes that back, and arrow keys move between them. Below stands the result.
 */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";

interface Payload {
  text: string;
  /** UTF-16 units of `text`; the edits do not overlap and are in order. */
  starts: number[];
  ends: number[];
  replacements: string[];
  /** What the visitor rejected, kept here so that another view of the same answer, or the page anew, shows it, too. */
  rejected?: number[];
}

export class EditsOutput implements OutputComponent {
  readonly element: HTMLElement;
  onwork = (): void => undefined;
  private readonly summary = h("p", { class: "edits-summary", "aria-live": "polite" });
  private readonly text = h("div", { class: "edited-text", role: "group" });
  private readonly result = h("textarea", { class: "text edits-result", readonly: true, rows: 5, "aria-label": t("edits.result") });
  private readonly all = h("div", { class: "tools" },
    h("button", { type: "button", class: "tool", onclick: () => this.decideAll(true) }, t("edits.accept_all")),
    h("button", { type: "button", class: "tool", onclick: () => this.decideAll(false) }, t("edits.reject_all")));
  private payload: Payload | undefined;
  private marks: HTMLButtonElement[] = [];

  constructor(info: ComponentInfo) {
    const copy = h("button", { type: "button", class: "tool", onclick: () => void this.copy(copy) }, t("edits.copy"));
    this.text.setAttribute("aria-label", localized(info.label));
    this.element = h("div", { class: "edits-output" }, h("p", { class: "label" }, localized(info.label)), this.summary, this.all, this.text,
      h("p", { class: "label" }, t("edits.result")), this.result, h("div", { class: "tools" }, copy));
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.clear();
  }

  show(value: unknown): void {
    const payload = value as Payload;
    payload.rejected ??= [];
    this.payload = payload;
    this.element.hidden = false;
    this.all.hidden = payload.starts.length === 0;
    this.marks = payload.starts.map((_, index) => this.mark(payload, index));
    this.text.replaceChildren(...this.pieces(payload));
    this.decided();
  }

  clear(): void {
    this.payload = undefined;
    this.marks = [];
    this.element.hidden = true;
    this.text.replaceChildren();
    this.result.value = "";
  }

  private mark({ text, starts, ends, replacements }: Payload, index: number): HTMLButtonElement {
    const [before, after] = [text.slice(starts[index], ends[index]), replacements[index]!];
    const what = after === "" ? "edits.delete" : before === "" ? "edits.insert" : "edits.replace";
    return h("button", {
      type: "button", class: "edit", "data-index": index, tabindex: index === 0 ? 0 : -1,
      "aria-label": t(what, { before: before.trim(), after: after.trim() }),
      onclick: () => this.toggle(index), onfocus: () => this.enter(index),
    }, before !== "" && h("del", {}, before), after !== "" && h("ins", {}, after));
  }

  private pieces({ text, starts, ends }: Payload): (Node | string)[] {
    const made: (Node | string)[] = [];
    let done = 0;
    this.marks.forEach((mark, index) => {
      made.push(text.slice(done, starts[index]), mark);
      done = ends[index]!;
    });
    return [...made, text.slice(done)];
  }

  private toggle(index: number): void {
    const rejected = this.payload!.rejected!;
    this.decide(rejected.includes(index) ? rejected.filter((other) => other !== index) : [...rejected, index]);
  }

  private decideAll(accepted: boolean): void {
    this.decide(accepted ? [] : [...this.marks.keys()]);
  }

  private decide(rejected: number[]): void {
    this.payload!.rejected = rejected;
    this.decided();
    this.onwork();
  }

  /** Shows what is accepted, and the text that it makes. */
  private decided(): void {
    const { text, starts, ends, replacements } = this.payload!;
    const rejected = new Set(this.payload!.rejected);
    let made = "";
    let done = 0;
    this.marks.forEach((mark, index) => {
      const accepted = !rejected.has(index);
      mark.classList.toggle("rejected", !accepted);
      mark.setAttribute("aria-pressed", String(accepted));
      if (!accepted) return;
      made += text.slice(done, starts[index]) + replacements[index];
      done = ends[index]!;
    });
    this.result.value = made + text.slice(done);
    const count = this.marks.length;
    this.summary.textContent = count === 0 ? t("edits.none") : t("edits.count", { count, accepted: count - rejected.size });
  }

  /** Only one mark is a stop of the Tab key: there may be hundreds. */
  private enter(index: number): void {
    for (const [other, mark] of this.marks.entries()) mark.tabIndex = other === index ? 0 : -1;
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const index = this.marks.indexOf(event.target as HTMLButtonElement);
    if (!step || index < 0) return;
    event.preventDefault();
    this.marks[Math.min(this.marks.length - 1, Math.max(0, index + step))]!.focus();
  }

  private async copy(button: HTMLElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.result.value);
      button.textContent = t("edits.copied");
      setTimeout(() => (button.textContent = t("edits.copy")), 1500);
    } catch {
      // No permission: the text is there to be copied by hand.
      this.result.select();
    }
  }
}
