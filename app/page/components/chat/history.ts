/** The conversations on this device: a panel to choose one, rename it, delete it, or delete all. */

import { type Conversation, titleOf } from "../../conversations/conversation";
import { h, icon, ICONS } from "../../dom";
import { t } from "../../i18n";
import { UndoNotice } from "./undo";

export interface HistoryActions {
  open(conversation: Conversation): void;
  rename(conversation: Conversation, name: string): void;
  remove(conversations: Conversation[]): void;
}

export class History {
  readonly button: HTMLButtonElement;
  readonly panel: HTMLElement;
  readonly undo = new UndoNotice();
  private readonly list = h("ul", { class: "history-list" });
  private readonly empty = h("p", { class: "note" }, t("chat.history.empty"));
  private readonly kept = h("p", { class: "note" });
  private readonly all: HTMLButtonElement;
  private readonly count = h("span", {});
  private conversations: Conversation[] = [];
  private renaming: string | undefined;

  constructor(id: string, private readonly actions: HistoryActions) {
    this.all = h("button", { type: "button", class: "tool small", onclick: () => actions.remove(this.conversations) }, icon(...ICONS.clear), t("chat.history.delete_all"));
    this.panel = h("section", { id, class: "history", popover: "auto", "aria-label": t("chat.history") },
      h("div", { class: "history-head" }, h("h2", {}, t("chat.history")),
        h("button", { type: "button", class: "close", "aria-label": t("error.close"), onclick: () => this.close() }, "×")),
      this.undo.element, this.empty, this.list, this.all, this.kept);
    this.button = h("button", { type: "button", class: "tool", popovertarget: id }, icon(...ICONS.menu), this.count);
  }

  /** `shown`: the conversation on the page; `writing`: the one that an answer is written into. */
  show(conversations: Conversation[], shown: string, writing: string | undefined, kept: "yes" | "quota" | "none"): void {
    this.conversations = conversations;
    this.count.textContent = t("chat.history.count", { count: conversations.length });
    this.empty.hidden = conversations.length > 0;
    this.all.hidden = conversations.length === 0;
    this.kept.textContent = t(`chat.kept.${kept}`);
    // A field in which a name is being typed stays.
    if (this.renaming && conversations.some(({ id }) => id === this.renaming)) return;
    const focused = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["key"] : undefined;
    this.list.replaceChildren(...conversations.map((conversation) => this.item(conversation, conversation.id === shown, conversation.id === writing)));
    if (focused) [...this.list.querySelectorAll<HTMLElement>("[data-key]")].find((element) => element.dataset["key"] === focused)?.focus();
  }

  private item(conversation: Conversation, shown: boolean, writing: boolean): HTMLElement {
    const title = titleOf(conversation);
    const { id, changed } = conversation;
    const when = new Date(changed).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const item = h("li", { class: "history-item" },
      h("button", { type: "button", class: "history-open", "data-key": `open ${id}`, "aria-current": shown ? "true" : null, onclick: () => this.choose(conversation) },
        h("span", { class: "history-title", dir: "auto" }, title), h("span", { class: "note" }, writing ? t("chat.writing") : when)),
      h("button", { type: "button", class: "tool small", "data-key": `rename ${id}`, "aria-label": t("chat.history.rename.label", { title }), onclick: () => this.rename(item, conversation) }, t("chat.history.rename")),
      h("button", { type: "button", class: "tool small", "data-key": `delete ${id}`, "aria-label": t("storage.delete.label", { name: title }), onclick: () => this.actions.remove([conversation]) }, t("storage.delete")));
    return item;
  }

  private choose(conversation: Conversation): void {
    this.close();
    this.actions.open(conversation);
  }

  private close(): void {
    if (this.panel.matches(":popover-open")) this.panel.hidePopover();
  }

  private rename(item: HTMLElement, conversation: Conversation): void {
    const field = h("input", { type: "text", class: "text", "aria-label": t("chat.history.rename.label", { title: titleOf(conversation) }), maxlength: 120 });
    field.value = titleOf(conversation);
    this.renaming = conversation.id;
    const end = (name: string | null) => {
      if (this.renaming !== conversation.id) return;
      this.renaming = undefined;
      this.actions.rename(conversation, name ?? conversation.name);
      this.list.querySelector<HTMLElement>(`[data-key="rename ${conversation.id}"]`)?.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      event.stopPropagation();
      end(event.key === "Enter" ? field.value.trim() : null);
    });
    field.addEventListener("blur", () => end(field.value.trim()));
    item.replaceChildren(field);
    field.select();
  }
}
