/** What has just been taken away, and a way to have it back. */

import { h } from "../../dom";
import { t } from "../../i18n";

export class UndoNotice {
  readonly element = h("div", { class: "chat-undo", role: "status", hidden: true });

  /** `focus`: what had the focus is gone. */
  offer(text: string, undo: () => void, focus = false): void {
    this.element.replaceChildren(h("span", {}, text),
      h("button", { type: "button", class: "tool small", onclick: () => {
        this.hide();
        undo();
      } }, t("chat.undo")),
      h("button", { type: "button", class: "close", "aria-label": t("error.close"), onclick: () => this.hide() }, "×"));
    this.element.hidden = false;
    if (focus) this.element.querySelector("button")!.focus();
  }

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}
