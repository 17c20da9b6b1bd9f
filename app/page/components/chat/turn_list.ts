/** The turns of the conversation that is shown, and below them what can be done without an answer. */

import type { Conversation, Turn } from "../../conversations/conversation";
import { h } from "../../dom";
import { t } from "../../i18n";
import { Follow } from "./follow";
import { type TurnActions, TurnView } from "./turn";

export interface TurnListActions extends TurnActions {
  /** The last message has no answer: it was stopped before it began, or failed. */
  answer(): void;
}

export class TurnList {
  readonly element: HTMLElement;
  readonly follow: Follow;
  private readonly box: HTMLElement;
  private readonly list = h("div", { class: "turns" });
  private readonly hello = h("p", { class: "chat-hello" }, t("chat.hello"));
  private readonly unanswered: HTMLElement;
  private views: TurnView[] = [];

  constructor(label: string, private readonly actions: TurnListActions) {
    this.unanswered = h("p", { class: "unanswered", hidden: true }, h("span", { class: "note" }, t("chat.unanswered")),
      h("button", { type: "button", class: "tool small", onclick: () => actions.answer() }, t("chat.regenerate")));
    // With the keyboard it can be scrolled, too.
    this.box = h("section", { class: "chat-turns", tabindex: 0, "aria-label": label }, this.hello, this.list, this.unanswered);
    this.follow = new Follow(this.box);
    this.element = h("div", { class: "chat-frame" }, this.box, this.follow.button);
  }

  /** `writing`: the turn of the answer that is coming. */
  show({ turns }: Conversation, writing: Turn | undefined): void {
    const before = new Map(this.views.map((view) => [view.turn, view]));
    this.views = turns.map((turn) => before.get(turn) ?? new TurnView(turn, this.actions));
    const kept = new Set(this.views);
    for (const view of before.values()) if (!kept.has(view)) view.element.remove();
    this.views.forEach((view, index) => {
      const there = this.list.children[index];
      if (there !== view.element) this.list.insertBefore(view.element, there ?? null);
      view.update(view.turn === writing, index === turns.length - 1);
    });
    this.hello.hidden = turns.length > 0;
    this.unanswered.hidden = turns[turns.length - 1]?.role !== "user" || writing !== undefined;
    this.follow.keep();
  }

  /** The answer has grown. */
  grow(writing: Turn): void {
    this.views[this.views.length - 1]?.update(this.views[this.views.length - 1]!.turn === writing, true);
    this.follow.keep();
  }

  /** What is being edited: which turn, and its text so far. */
  editing(): { turn: number; text: string } | undefined {
    const turn = this.views.findIndex(({ edited }) => edited !== undefined);
    return turn < 0 ? undefined : { turn, text: this.views[turn]!.edited! };
  }

  edit(turn: number, text: string): void {
    this.views[turn]?.edit(text);
  }
}
