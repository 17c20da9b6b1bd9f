/**
 * A text with what should not be passed on marked in it, for review. A mark is redacted at first; a click, Enter or Space
 * keeps it or takes that back, and arrow keys move between marks. A whole kind, or whatever has the same placeholder, goes
 * at once; words that were selected or typed are marked wherever they stand. Below stand the result and its downloads.
 */

import type { ComponentInfo, Localized } from "../../shared/site";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";
import { textBlocks } from "./redaction_blocks";
import { RedactionState, type Kind, type Span } from "./redaction_state";

interface Payload {
  text: string;
  /** UTF-16 units of `text`; the spans do not overlap and are in order. */
  starts: number[];
  ends: number[];
  kinds: number[];
  numbers: number[];
  /** What the visitor decided, kept here so that another view of the same answer shows it, too, with all steps back. */
  state?: RedactionState;
  /** The same without the steps, for the page anew. */
  decided?: readonly Span[];
}

/** Characters of the result that are shown; more would make every decision slow. */
const SHOWN = 50_000;

type NamedKind = Kind & { name: Localized };

export class RedactionsOutput implements OutputComponent {
  readonly element: HTMLElement;
  onwork = (): void => undefined;
  private readonly summary = h("p", { class: "redactions-summary", "aria-live": "polite" });
  private readonly kindButtons = h("div", { class: "tools redactions-kinds", role: "group" });
  private readonly text = h("div", { class: "redactions-text", role: "group", tabindex: -1 });
  private readonly detail = h("div", { class: "tools redactions-detail" });
  private readonly result = h("textarea", { class: "text redactions-result", readonly: true, rows: 8, "aria-label": t("redactions.result") });
  private readonly words = h("input", { class: "control", type: "text", id: "redactions-words", autocomplete: "off" });
  private readonly kind: HTMLSelectElement;
  private readonly cut = h("p", { class: "note" });
  private readonly said = h("p", { class: "note", role: "status" });
  private readonly undoButton: HTMLButtonElement;
  private readonly kinds: NamedKind[];
  private payload: Payload | undefined;
  private state: RedactionState | undefined;
  private marks: HTMLElement[] = [];
  private drawn: readonly Span[] = [];
  private active = -1;
  private readonly onSelect = (): void => this.takeSelection();

  constructor(info: ComponentInfo) {
    this.kinds = info["kinds"] as NamedKind[];
    this.kind = h("select", { class: "control", "aria-label": t("redactions.kind") }, ...this.kinds.map((kind, index) =>
      h("option", { value: index, selected: index === info["own"] }, localized(kind.name))));
    this.undoButton = tool(t("redactions.undo"), () => this.change(() => this.state!.undo()), ICONS.undo);
    this.text.setAttribute("aria-label", localized(info.label));
    this.kindButtons.setAttribute("aria-label", t("redactions.kinds"));
    this.element = h("div", { class: "redactions-output" }, h("p", { class: "label" }, localized(info.label)), this.summary,
      this.kindButtons, this.text, this.detail, this.marking(), h("p", { class: "label" }, t("redactions.result")), this.result, this.cut,
      h("p", { class: "note redactions-note" }, localized(info["note"] as Localized)), this.downloads());
    this.text.addEventListener("click", (event) => this.click(event));
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.text.addEventListener("focusin", (event) => this.enter(this.indexOf(event.target)));
    this.clear();
  }

  show(value: unknown): void {
    const payload = value as Payload;
    const spans = payload.starts.map((start, index) => ({
      start, end: payload.ends[index]!, kind: payload.kinds[index]!, number: payload.numbers[index]!, kept: false,
    }));
    payload.state ??= new RedactionState(payload.text, this.kinds, payload.decided ?? spans);
    this.state = payload.state;
    this.payload = payload;
    this.element.hidden = false;
    document.addEventListener("selectionchange", this.onSelect);
    this.said.textContent = "";
    this.drawAll();
  }

  clear(): void {
    this.state = undefined;
    this.marks = [];
    this.drawn = [];
    this.element.hidden = true;
    this.text.replaceChildren();
    this.detail.replaceChildren();
    this.result.value = "";
  }

  private marking(): HTMLElement {
    const form = h("form", { class: "redactions-marking" },
      h("label", { class: "label", for: this.words.id }, t("redactions.further")),
      h("div", { class: "tools" }, this.words, this.kind, h("button", { type: "submit", class: "tool" }, t("redactions.mark"))), this.said);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.markWords();
    });
    return form;
  }

  private downloads(): HTMLElement {
    const copy = tool(t("edits.copy"), () => void this.copy(copy));
    return h("div", { class: "tools" }, copy,
      tool(t("redactions.save"), () => save("redacted.txt", this.state!.result(), "text/plain")),
      tool(t("redactions.save_key"), () => save("redaction-key.json", `${JSON.stringify(this.state!.key(), null, 1)}\n`, "application/json")));
  }

  private change(act: () => void): void {
    if (!this.state) return;
    act();
    this.said.textContent = "";
    const moved = this.state.spans.length !== this.drawn.length || this.state.spans.some((span, index) => span.start !== this.drawn[index]!.start);
    if (moved) this.drawAll();
    else this.draw();
    this.payload!.decided = this.state.spans;
    this.onwork();
  }

  private drawAll(): void {
    const { spans } = this.state!;
    this.marks = spans.map((_, index) => h("span", { class: "redaction", role: "button", "data-index": index, tabindex: index === 0 ? 0 : -1 }));
    this.drawn = [];
    this.active = -1;
    spans.forEach((span, index) => {
      const mark = this.marks[index]!;
      mark.textContent = this.state!.original(span);
      mark.style.setProperty("--kind", `var(--token-${span.kind % 6})`);
    });
    this.text.replaceChildren(...textBlocks(this.state!.text, spans, this.marks));
    this.detail.replaceChildren();
    this.draw();
  }

  /** Shows decisions; of marks only those that changed, for there may be thousands. */
  private draw(): void {
    const state = this.state!;
    state.spans.forEach((span, index) => {
      if (span === this.drawn[index]) return;
      const mark = this.marks[index]!;
      const placeholder = state.placeholder(span);
      mark.classList.toggle("kept", span.kept);
      mark.setAttribute("aria-pressed", String(!span.kept));
      mark.dataset["label"] = placeholder.slice(1, -1);
      mark.setAttribute("aria-label", t("redactions.spoken", { text: state.original(span), placeholder: placeholder.slice(1, -1) }));
    });
    this.drawn = state.spans;
    const kept = state.spans.filter((span) => span.kept).length;
    this.summary.textContent = state.spans.length === 0 ? t("redactions.none") : t("redactions.count", { count: state.spans.length, redacted: state.spans.length - kept });
    const result = state.result();
    const isLong = result.length > SHOWN;
    this.result.value = isLong ? `${result.slice(0, SHOWN)}…` : result;
    this.cut.textContent = isLong ? t("redactions.cut", { count: SHOWN }) : "";
    this.undoButton.disabled = !state.canUndo;
    this.drawKinds();
    if (this.active >= 0) this.drawDetail(this.active);
  }

  private drawKinds(): void {
    const state = this.state!;
    const counts = this.kinds.map(() => ({ all: 0, redacted: 0 }));
    for (const span of state.spans) {
      counts[span.kind]!.all += 1;
      if (!span.kept) counts[span.kind]!.redacted += 1;
    }
    const buttons = this.kinds.map((kind, index) => {
      const { all, redacted } = counts[index]!;
      if (all === 0) return undefined;
      const pressed = redacted === all ? "true" : redacted === 0 ? "false" : "mixed";
      const button = h("button", {
        type: "button", class: "chip redactions-kind", "aria-pressed": pressed, "data-kind": kind.id,
        onclick: () => this.change(() => state.decide(state.where((span) => span.kind === index), redacted === all)),
      }, h("span", { class: "redactions-swatch", "aria-hidden": "true" }), `${localized(kind.name)} ${redacted}/${all}`);
      button.style.setProperty("--kind", `var(--token-${index % 6})`);
      return button;
    });
    const focused = (document.activeElement as HTMLElement | null)?.dataset["kind"];
    this.kindButtons.replaceChildren(...buttons.filter((one) => one !== undefined), this.undoButton);
    // The buttons are new: the one that was pressed keeps the focus.
    if (focused) this.kindButtons.querySelector<HTMLElement>(`[data-kind="${focused}"]`)?.focus();
  }

  private drawDetail(index: number): void {
    const state = this.state!;
    const span = state.spans[index]!;
    const same = state.same(span);
    const one = tool(t(span.kept ? "redactions.redact_one" : "redactions.keep_one"), () => this.change(() => state.decide([index], !span.kept)));
    const all = same.length > 1 && tool(t(span.kept ? "redactions.redact_same" : "redactions.keep_same", { count: same.length, placeholder: state.placeholder(span) }),
      () => this.change(() => state.decide(same, !span.kept)));
    this.detail.replaceChildren(
      h("span", { class: "redactions-what" }, `“${state.original(span)}” ${span.kept ? "" : `→ ${state.placeholder(span)}`}`), one, ...(all ? [all] : []));
  }

  private click(event: Event): void {
    const index = this.indexOf(event.target);
    // Who drags over a mark selects; that is no click.
    if (index < 0 || !document.getSelection()?.isCollapsed) return;
    this.marks[index]!.focus();
    this.toggle(index);
  }

  private toggle(index: number): void {
    this.change(() => this.state!.decide([index], !this.state!.spans[index]!.kept));
  }

  /** Only one mark is a stop of the Tab key. */
  private enter(index: number): void {
    if (index < 0) return;
    const before = this.marks[Math.max(0, this.active)]!;
    before.tabIndex = -1;
    before.classList.remove("active");
    this.marks[index]!.tabIndex = 0;
    this.marks[index]!.classList.add("active");
    this.active = index;
    this.drawDetail(index);
  }

  private key(event: KeyboardEvent): void {
    const index = this.indexOf(event.target);
    if (index < 0) return;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") this.toggle(index);
    else if (step) this.marks[Math.min(this.marks.length - 1, Math.max(0, index + step))]!.focus();
    else return;
    event.preventDefault();
  }

  /** What is selected in the text goes into the field, where it is marked from. */
  private takeSelection(): void {
    // Another view has taken this one's place, in another language.
    if (!this.element.isConnected) document.removeEventListener("selectionchange", this.onSelect);
    const selection = document.getSelection();
    if (!this.state || !selection || selection.isCollapsed || !this.text.contains(selection.anchorNode) || !this.text.contains(selection.focusNode)) return;
    this.words.value = selection.toString().trim();
  }

  private markWords(): void {
    let places = 0;
    const words = this.words.value;
    this.change(() => (places = this.state!.mark(words, Number(this.kind.value))));
    this.said.textContent = places ? t("redactions.marked", { count: places }) : t("redactions.not_there");
    if (places) {
      this.words.value = "";
      document.getSelection()?.removeAllRanges();
    }
  }

  private indexOf(target: EventTarget | null): number {
    const index = (target as HTMLElement | null)?.closest<HTMLElement>(".redaction")?.dataset["index"];
    return index === undefined ? -1 : Number(index);
  }

  private async copy(button: HTMLElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.state!.result());
      button.textContent = t("edits.copied");
      setTimeout(() => (button.textContent = t("edits.copy")), 1500);
    } catch {
      // No permission: the text is there to be copied by hand.
      this.result.select();
    }
  }
}

function tool(label: string, onclick: () => void, paths: string[] = []): HTMLButtonElement {
  return h("button", { type: "button", class: "tool", onclick }, paths.length > 0 && icon(...paths), label);
}

/** Gives the visitor a file. */
function save(name: string, content: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
