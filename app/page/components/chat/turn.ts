/** One turn of a conversation: what the visitor said as it is, what the model said as Markdown. */

import type { Turn } from "../../conversations/conversation";
import { copyButton } from "../../copy_button";
import { h } from "../../dom";
import { t } from "../../i18n";
import { MarkdownView } from "../../markdown/view";
import { Composer } from "./composer";

export interface TurnActions {
  limit: number;
  edit(turn: Turn, text: string): void;
  regenerate(turn: Turn): void;
  /** What is being edited has changed, or is not edited any more. */
  draft(): void;
}

export class TurnView {
  readonly element: HTMLElement;
  private readonly markdown: MarkdownView | undefined;
  private readonly body: HTMLElement;
  private readonly mark = h("span", { class: "turn-mark", hidden: true });
  private readonly tools: HTMLElement;
  private readonly again: HTMLButtonElement | undefined;
  private editor: Composer | undefined;
  private shown: string | undefined;

  constructor(readonly turn: Turn, private readonly actions: TurnActions) {
    const mine = turn.role === "user";
    this.markdown = mine ? undefined : new MarkdownView();
    this.body = this.markdown?.element ?? h("div", { class: "turn-text", dir: "auto" });
    const copy = copyButton(t("copy.copy"), () => turn.content);
    this.again = mine ? undefined : h("button", { type: "button", class: "tool small", onclick: () => actions.regenerate(turn) }, t("chat.regenerate"));
    const edit = mine && h("button", { type: "button", class: "tool small turn-edit", onclick: () => this.edit(turn.content) }, t("chat.edit"));
    this.tools = h("div", { class: "turn-tools" }, this.mark, copy, edit, this.again);
    this.element = h("article", { class: `turn ${turn.role}`, "aria-label": t(`chat.${turn.role}`) }, this.body, this.tools);
  }

  /** What is being edited here; undefined while nothing is. */
  get edited(): string | undefined {
    return this.editor?.text;
  }

  /** `writing`: more is to come. `last`: only the last answer can be asked for once more. */
  update(writing: boolean, last: boolean): void {
    const { turn } = this;
    if (turn.content !== this.shown) {
      this.shown = turn.content;
      if (this.markdown) this.markdown.show(turn.content);
      else this.body.textContent = turn.content;
    }
    this.element.classList.toggle("writing", writing);
    this.element.setAttribute("aria-busy", String(writing));
    this.tools.hidden = writing;
    if (this.again) this.again.hidden = !last;
    const end = turn.role === "assistant" && !writing ? turn.end ?? "stopped" : "stop";
    this.mark.hidden = end === "stop";
    this.mark.textContent = end === "stop" ? "" : t(`chat.end.${end}`);
  }

  edit(text: string): void {
    if (this.turn.role !== "user" || this.editor) return;
    this.editor = new Composer({
      id: "chat-edit", label: t("chat.edit.label"), placeholder: "", limit: this.actions.limit, send: t("chat.edit.send"), stop: t("chat.edit.cancel"),
      onsend: (changed) => this.leave(() => this.actions.edit(this.turn, changed)),
      onstop: () => this.leave(),
      oninput: () => this.actions.draft(),
    });
    this.editor.element.addEventListener("keydown", (event) => {
      // It ends the editing, not an answer that is being written.
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      this.leave();
    });
    this.body.hidden = this.tools.hidden = true;
    this.element.append(this.editor.element);
    this.editor.text = text;
    this.editor.focus();
    this.actions.draft();
  }

  private leave(then?: () => void): void {
    this.editor!.element.remove();
    this.editor = undefined;
    this.body.hidden = this.tools.hidden = false;
    if (then) then();
    else this.element.querySelector<HTMLElement>(".turn-edit")?.focus();
    this.actions.draft();
  }
}
