/**
 * Tokens as coloured spans over the text they came from. Pointing at one, or moving with the arrow keys, shows its
 * id and place; choosing it selects it in the text.
 */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { t } from "../i18n";
import type { OutputComponent } from "./component";

interface Payload {
  text: string;
  count: number;
  ids: number[];
  tokens: string[];
  /** UTF-16 units of `text`. */
  starts: number[];
  ends: number[];
  special: number[];
  characters: number;
  milliseconds: number;
  backend: string;
}

const COLOURS = 6;

export class TokensOutput implements OutputComponent {
  readonly element: HTMLElement;
  onpoint: (start: number, end: number) => void = () => undefined;

  private readonly summary = h("p", { class: "tokens-summary", "aria-live": "polite" });
  private readonly spans = h("div", { class: "tokens", tabindex: 0, role: "group", "aria-label": t("tokens.aria") });
  private readonly detail = h("p", { class: "note tokens-detail", "aria-live": "polite" }, t("tokens.hint"));
  private readonly more = h("p", { class: "note", hidden: true });
  private readonly ids = h("textarea", { class: "text tokens-ids", readonly: true, rows: 3, "aria-label": t("tokens.ids") });
  private payload: Payload | undefined;
  private active = -1;

  constructor(_info: ComponentInfo) {
    const copy = h("button", { type: "button", class: "tool", onclick: () => void this.copy(copy) }, t("tokens.copy"));
    this.element = h("div", { class: "tokens-output" }, this.summary, this.spans, this.more, this.detail,
      h("details", { class: "tokens-list" }, h("summary", {}, t("tokens.ids")), this.ids, h("div", { class: "tools" }, copy)));
    this.spans.addEventListener("pointerover", (event) => this.point(indexOf(event.target)));
    this.spans.addEventListener("click", (event) => this.choose(indexOf(event.target)));
    this.spans.addEventListener("keydown", (event) => this.key(event));
    this.clear();
  }

  show(value: unknown): void {
    const payload = value as Payload;
    this.payload = payload;
    this.active = -1;
    const { count, characters, milliseconds, backend, ids } = payload;
    this.summary.replaceChildren(h("strong", {}, t("tokens.count", { count: count.toLocaleString() })), " · ",
      t("tokens.facts", { characters: characters.toLocaleString(), milliseconds: milliseconds.toFixed(2), backend: t(`tokens.${backend}`) }));
    this.spans.replaceChildren(...pieces(payload));
    this.more.hidden = ids.length === count;
    this.more.textContent = t("tokens.more", { shown: ids.length.toLocaleString() });
    this.ids.value = `[${ids.join(", ")}]`;
    this.detail.textContent = t("tokens.hint");
  }

  clear(): void {
    this.payload = undefined;
    this.summary.textContent = t("task.empty");
    this.spans.replaceChildren();
    this.ids.value = "";
    this.more.hidden = true;
  }

  private point(index: number): void {
    const { payload } = this;
    if (!payload || index < 0 || index >= payload.ids.length) return;
    this.spans.querySelector(".token.active")?.classList.remove("active");
    const span = this.spans.querySelector<HTMLElement>(`[data-index="${index}"]`);
    span?.classList.add("active");
    span?.scrollIntoView({ block: "nearest" });
    this.active = index;
    const [start, end] = this.characters(index);
    this.detail.replaceChildren(h("code", {}, payload.tokens[index]!), " ",
      t(payload.special[index] ? "tokens.special" : "tokens.detail", { id: payload.ids[index]!, start, end, index }));
  }

  private choose(index: number): void {
    this.point(index);
    if (index < 0 || !this.payload || this.payload.special[index]) return;
    const [start, end] = this.characters(index);
    if (end > start) this.onpoint(start, end);
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.point(Math.max(0, this.active + step));
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.choose(this.active);
    }
  }

  /** Offsets in characters (code points), as Python counts them. */
  private characters(index: number): [number, number] {
    const { text, starts, ends } = this.payload!;
    const start = [...text.slice(0, starts[index])].length;
    return [start, start + [...text.slice(starts[index], ends[index])].length];
  }

  private async copy(button: HTMLElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.ids.value);
      button.textContent = t("tokens.copied");
      setTimeout(() => (button.textContent = t("tokens.copy")), 1500);
    } catch {
      // No permission: the text is there to be copied by hand.
      this.ids.select();
    }
  }
}

/** The text cut into spans; what no token covers stays plain. Tokens may share a character (bytes of one). */
function pieces({ text, starts, ends, tokens, special }: Payload): (Node | string)[] {
  const made: (Node | string)[] = [];
  let done = 0;
  let colour = 0;
  tokens.forEach((token, index) => {
    const [start, end] = [starts[index]!, ends[index]!];
    if (special[index]) {
      made.push(h("span", { class: "token special", "data-index": index }, token));
      return;
    }
    if (start > done) made.push(text.slice(done, start));
    const shown = text.slice(Math.max(start, done), end);
    made.push(h("span", { class: `token colour-${colour++ % COLOURS}${shown ? "" : " shared"}`, "data-index": index },
      shown ? visible(shown) : "·"));
    done = Math.max(done, end);
  });
  if (done < text.length) made.push(text.slice(done, done + 2000));
  return made;
}

/** A line end is shown, since a token may be nothing else. */
function visible(text: string): string {
  return text.replaceAll("\n", "↵\n");
}

function indexOf(target: EventTarget | null): number {
  const index = (target as HTMLElement | null)?.closest<HTMLElement>("[data-index]")?.dataset["index"];
  return index === undefined ? -1 : Number(index);
}
