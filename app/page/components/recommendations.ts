/** Recommended items as cards: like, less of this, and why; what is pressed goes to the task's input. */

import type { ComponentInfo, Localized } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";
import type { CardAction } from "./likes";

interface Part {
  title: string;
  share: number;
}

interface Card {
  title: string;
  description: string;
  tags: string[];
  link: string;
  verdict: 1 | 0 | -1;
  liked: Part[];
  less: Part[];
  shared_tags: string[];
  shared_words: string[];
  different: boolean;
}

interface Payload {
  mode: "beginning" | "learned" | "found";
  size: number;
  /** The name of the visitor's list; null or undefined (Python's None) for the site's. */
  own?: string | null;
  more: boolean;
  items: Card[];
}

export class RecommendationsOutput implements OutputComponent {
  readonly element: HTMLElement;
  onact: (action: CardAction) => void = () => undefined;
  private readonly summary = h("p", { class: "note", role: "status" });
  private readonly list = h("ul", { class: "picks" });
  private readonly more = h("button", { type: "button", class: "secondary", onclick: () => this.onact({ more: true }) }, t("cards.more"));
  private readonly source: HTMLElement;

  constructor(info: ComponentInfo) {
    this.source = h("p", { class: "note" }, localized(info["source"] as Localized));
    this.element = h("div", { class: "recommendations" }, h("h2", { class: "visually-hidden" }, localized(info.label)), this.summary, this.list, this.more, this.source);
    this.clear();
  }

  show(value: unknown): void {
    const payload = value as Payload;
    const focused = this.focusedCard();
    const { items, mode } = payload;
    const said = mode === "learned" && items.some(({ different }) => different) ? "learned.different" : mode;
    this.summary.textContent = items.length === 0
      ? t(mode === "found" ? "cards.none_found" : "cards.none_left")
      : t(`cards.${said}`, { count: items.length, size: payload.size.toLocaleString(document.documentElement.lang) });
    this.list.replaceChildren(...items.map((item) => this.card(item)));
    this.more.hidden = !payload.more;
    this.source.hidden = Boolean(payload.own);
    if (focused >= 0) this.focusCard(Math.min(focused, items.length - 1));
  }

  clear(): void {
    this.summary.textContent = "";
    this.list.replaceChildren();
    this.more.hidden = true;
    this.source.hidden = true;
  }

  /** The card that is replaced may hold the focus: the one in its place takes it over. */
  private focusedCard(): number {
    return [...this.list.children].findIndex((card) => card.contains(document.activeElement));
  }

  private focusCard(index: number): void {
    this.list.children[index]?.querySelector<HTMLElement>(".verdict-button")?.focus({ preventScroll: true });
  }

  private card(item: Card): HTMLElement {
    const text = h("p", { class: "pick-text" }, item.description);
    const title = h("button", { type: "button", class: "pick-title", "aria-expanded": "false", onclick: () => {
      title.setAttribute("aria-expanded", String(text.classList.toggle("whole")));
    } }, item.title);
    return h("li", { class: "pick" }, h("h3", {}, title),
      item.tags.length > 0 && h("p", { class: "pick-tags" }, ...item.tags.map((tag) => h("span", { class: "pick-tag" }, tag))),
      item.description !== "" && text, item.link !== "" && h("p", { class: "note" }, item.link),
      h("div", { class: "tools" }, this.verdict(item, 1), this.verdict(item, -1)), this.why(item));
  }

  private verdict({ title, verdict }: Card, own: 1 | -1): HTMLElement {
    const pressed = verdict === own;
    const name = own === 1 ? "like" : "less";
    return h("button", {
      type: "button", class: `tool verdict-button ${name}`, "aria-pressed": String(pressed), "aria-label": t(`cards.${name}.label`, { title }),
      onclick: () => this.onact({ title, verdict: pressed ? 0 : own }),
    }, t(`cards.${name}`));
  }

  private why(item: Card): HTMLElement | false {
    if (item.different) return h("p", { class: "note" }, t("cards.different"));
    if (item.liked.length === 0) return false;
    const percent = (share: number) => `${Math.round(share * 100)} %`;
    return h("details", { class: "why" }, h("summary", { "aria-label": t("cards.why.label", { title: item.title }) }, t("cards.why")),
      h("ul", {},
        ...item.liked.map(({ title, share }) => h("li", {}, t("cards.why.like", { title, share: percent(share) }))),
        ...item.less.map(({ title }) => h("li", {}, t("cards.why.less", { title }))),
        item.shared_tags.length > 0 && h("li", {}, t("cards.why.tags", { tags: item.shared_tags.join(", ") })),
        item.shared_words.length > 0 && h("li", {}, t("cards.why.words", { words: item.shared_words.join(", ") }))));
  }
}
