/** What an answer took: how full the context is, how fast the words came, and what was left out. */

import type { ReplyFacts } from "../conversations/conversation";
import { h } from "../dom";
import { t } from "../i18n";
import type { OutputComponent } from "./component";

/** Shares of the context above which its bar warns. */
const FULL = 0.9;

export class ReplyOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly bar = h("span", { class: "bar-fill" });
  private readonly context = h("span", { class: "reply-context" });
  private readonly speed = h("span", { class: "reply-speed" });
  private readonly dropped = h("p", { class: "note over reply-dropped", role: "status", hidden: true });

  constructor() {
    this.element = h("div", { class: "reply-output", hidden: true }, this.dropped,
      h("p", { class: "reply-meters" }, h("span", { class: "bar-track", "aria-hidden": "true" }, this.bar), this.context, this.speed));
  }

  show(payload: unknown): void {
    const facts = payload as ReplyFacts;
    const share = Math.min(1, facts.context_used / Math.max(1, facts.context_limit));
    this.bar.style.transform = `scaleX(${share})`;
    this.bar.classList.toggle("full", share > FULL);
    this.context.textContent = t("reply.context", { used: count(facts.context_used), limit: count(facts.context_limit) });
    this.speed.textContent = speedOf(facts);
    // Said once, not with each word: a text that stays the same is not read again.
    const left = facts.dropped > 0 ? t("reply.dropped", { count: facts.dropped }) : "";
    if (this.dropped.textContent !== left) this.dropped.textContent = left;
    this.dropped.hidden = left === "";
    this.element.hidden = false;
  }

  clear(): void {
    this.element.hidden = true;
  }
}

/** Tokens a second from the first one on, which took as long as reading the prompt. */
function speedOf({ tokens, seconds, first_token_seconds: first }: ReplyFacts): string {
  // Python's None arrives as undefined.
  if (first === null || first === undefined) return "";
  const parts = [t("reply.first", { seconds: decimal(first) })];
  if (tokens > 1 && seconds > first) parts.unshift(t("reply.speed", { rate: decimal((tokens - 1) / (seconds - first)) }));
  return parts.join(" · ");
}

function count(value: number): string {
  return value.toLocaleString(document.documentElement.lang);
}

function decimal(value: number): string {
  return value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
}
