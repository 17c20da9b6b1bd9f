/**
 * What the visitor likes: a search for titles, the judgements so far, and a list of their own. All of it stays in this
 * browser (`likes_store.ts`); the cards of the answer say what was pressed on them through `act`.
 */

import { errorFrom } from "../../shared/errors";
import type { ComponentInfo } from "../../shared/site";
import { wellFormed } from "../../shared/text";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import { type Judgement, LikesStore, type OwnList } from "../likes_store";
import type { InputComponent } from "./component";

/** What a card tells: a verdict of 1 (like), -1 (less of this) or 0 (neither any more); or that more should be shown. */
export type CardAction = { title: string; verdict: 1 | 0 | -1 } | { more: true };

/** Bytes of a visitor's own list: more than ten thousand rows of a paragraph each. */
const LARGEST = 16_000_000;
/** Judgements, and steps back, that are remembered. */
const STEPS = 100;
const PAGE = 10;

export class Likes implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly store: LikesStore;
  private readonly most: { judgements: number; shown: number };
  private readonly search: HTMLInputElement;
  private readonly judged = h("div", { class: "judged" });
  private readonly said = h("p", { class: "note", role: "status" });
  private readonly undoButton = h("button", { type: "button", class: "tool", onclick: () => this.undo() }, icon(...ICONS.undo), t("likes.undo"));
  private readonly forgetButton = h("button", { type: "button", class: "tool", onclick: () => this.ask(true) }, icon(...ICONS.clear), t("likes.forget"));
  private readonly sure: HTMLElement;
  private readonly list = h("details", { class: "own-list" });
  private readonly before: Judgement[][] = [];
  private readonly ended = new AbortController();
  private shown = PAGE;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.store = new LikesStore(String(info["store"]));
    this.most = { judgements: Number(info["most_judgements"]), shown: Number(info["most_shown"]) };
    const id = `input-${info.name}`;
    this.search = h("input", { id, type: "search", class: "text", autocomplete: "off", maxlength: info["longest_query"], placeholder: t("likes.search.placeholder") });
    this.search.addEventListener("input", () => this.changed(PAGE));
    this.sure = h("div", { class: "tools", role: "group", "aria-label": t("likes.forget.sure"), hidden: true }, h("span", {}, t("likes.forget.sure")),
      h("button", { type: "button", class: "tool", onclick: () => this.forget() }, t("likes.forget.yes")),
      h("button", { type: "button", class: "tool", onclick: () => this.ask(false) }, t("likes.forget.no")));
    this.element = h("div", { class: "field likes" },
      h("label", { class: "label", for: id }, t("likes.search")), this.search,
      h("section", { "aria-label": localized(info.label) }, this.judged, h("div", { class: "tools" }, this.undoButton, this.forgetButton), this.sure, this.said,
        h("p", { class: "note" }, t("likes.private"))),
      this.list);
    addEventListener("storage", (event) => this.elsewhere(event), { signal: this.ended.signal });
    this.draw();
  }

  payload(): unknown {
    return { judgements: this.store.judgements.slice(-this.most.judgements), query: wellFormed(this.search.value), shown: this.shown, own: this.store.own };
  }

  /** The likes are kept elsewhere, and are to be in no second place when they are erased. */
  draft(): unknown {
    return null;
  }

  carry(): unknown {
    return { query: this.search.value, shown: this.shown };
  }

  /** What another view had, or an example, whose likes come to those that are there. */
  show(value: unknown): void {
    const { judgements, query, shown } = value as { judgements?: Judgement[]; query?: string; shown?: number };
    if (query !== undefined) this.search.value = query;
    if (shown !== undefined) this.shown = shown;
    if (!judgements) return;
    if (this.store.own) this.useList(null);
    this.search.value = "";
    this.judge(judgements);
    this.draw();
  }

  /** What was pressed on a card. */
  act(action: unknown): void {
    const pressed = action as CardAction;
    if ("more" in pressed) return this.changed(Math.min(this.most.shown, this.shown + PAGE));
    this.verdict(pressed.title, pressed.verdict);
  }

  dispose(): void {
    this.ended.abort();
  }

  private verdict(title: string, verdict: 1 | 0 | -1): void {
    if (verdict === 0) {
      this.remember();
      this.store.judgements = this.store.judgements.filter(([each]) => each !== title);
    } else {
      this.judge([[title, verdict === 1]]);
    }
    this.say(t(verdict === 1 ? "likes.said.like" : verdict === -1 ? "likes.said.less" : "likes.said.taken", { title }));
    this.changed();
  }

  /** The latest judgement of an item counts. */
  private judge(judgements: Judgement[]): void {
    this.remember();
    const titles = new Set(judgements.map(([title]) => title));
    this.store.judgements = [...this.store.judgements.filter(([title]) => !titles.has(title)), ...judgements];
  }

  private remember(): void {
    this.before.push(this.store.judgements);
    if (this.before.length > STEPS) this.before.shift();
  }

  /** Back by one step; after a reload by one judgement. */
  private undo(): void {
    this.store.judgements = this.before.pop() ?? this.store.judgements.slice(0, -1);
    this.say(t("likes.said.undone"));
    this.changed();
    if (this.undoButton.disabled) this.search.focus();
  }

  private ask(sure: boolean): void {
    this.sure.hidden = !sure;
    (sure ? this.sure.querySelector("button")! : this.forgetButton).focus();
  }

  private forget(): void {
    this.store.forget();
    this.before.length = 0;
    this.search.value = "";
    this.say(t("likes.said.forgotten"));
    this.sure.hidden = true;
    this.shown = PAGE;
    this.draw();
    this.search.focus();
    this.onchange(true);
  }

  /** Another tab liked, or forgot: what it erased must not come back from here. */
  private elsewhere(event: StorageEvent): void {
    if (event.key !== null && event.key !== this.store.key) return;
    this.store.read();
    this.before.length = 0;
    this.draw();
    this.onchange(false);
  }

  private changed(shown = this.shown): void {
    this.shown = shown;
    this.sure.hidden = true;
    this.draw();
    this.onchange(true);
  }

  private say(text: string): void {
    this.said.textContent = this.store.isKept ? text : `${text} ${t("likes.not_kept")}`;
  }

  private draw(): void {
    const judgements = this.store.judgements;
    this.undoButton.disabled = judgements.length === 0 && this.before.length === 0;
    const group = (liked: boolean) => {
      const titles = judgements.filter(([, each]) => each === liked).map(([title]) => title).reverse();
      if (titles.length === 0) return "";
      return h("div", { class: "judged-group" }, h("span", { class: "note" }, t(liked ? "likes.liked" : "likes.less", { count: titles.length })),
        h("ul", {}, ...titles.map((title) => h("li", {}, this.chip(title, liked)))));
    };
    this.judged.replaceChildren(group(true), group(false));
    this.judged.hidden = judgements.length === 0;
    this.drawList();
  }

  private chip(title: string, liked: boolean): HTMLElement {
    return h("button", {
      type: "button", class: liked ? "chip" : "chip less", title: t("likes.take", { title }), "aria-label": t("likes.take", { title }),
      onclick: () => this.verdict(title, 0),
    }, h("span", { class: "chip-text" }, title), h("span", { "aria-hidden": "true" }, "×"));
  }

  private drawList(): void {
    const { own } = this.store;
    if (own) this.list.open = true;
    this.list.replaceChildren(
      h("summary", {}, t("likes.own")),
      h("p", { class: "own-name" }, own ? t("likes.own.in_use", { name: own.name }) : t("likes.own.about")),
      h("div", { class: "tools" },
        h("button", { type: "button", class: "tool", onclick: () => this.pick() }, icon(...ICONS.upload), t("likes.own.open")),
        own && h("button", { type: "button", class: "tool", onclick: () => { this.useList(null); this.changed(PAGE); } }, t("likes.own.back"))));
  }

  private pick(): void {
    const input = h("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv,text/tab-separated-values" });
    input.addEventListener("change", () => input.files?.[0] && void this.open(input.files[0]));
    input.click();
  }

  private async open(file: File): Promise<void> {
    if (file.size > LARGEST) return this.say(t("likes.own.large", { name: file.name, limit: LARGEST / 1e6 }));
    try {
      this.useList({ name: file.name, base64: encoded(new Uint8Array(await file.arrayBuffer())) });
      this.say(t("likes.own.in_use", { name: file.name }));
      this.changed(PAGE);
    } catch (error) {
      this.say(t("file.unreadable", { name: file.name, reason: errorFrom(error).message }));
    }
  }

  private useList(own: OwnList | null): void {
    this.store.use(own);
    this.before.length = 0;
    this.search.value = "";
  }
}

function encoded(bytes: Uint8Array): string {
  let text = "";
  // A call takes some ten thousand arguments at most.
  for (let start = 0; start < bytes.length; start += 0x8000) text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return btoa(text);
}
