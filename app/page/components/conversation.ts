/**
 * A conversation: its turns, where the next one is written, the conversations kept on this device, and how answers are
 * chosen. It begins and ends the task's runs itself and holds the answers, too.
 */

import type { ComponentInfo } from "../../shared/site";
import { wellFormed } from "../../shared/text";
import { type Conversation, newConversation, type ReplyFacts, titleOf, type Turn, type TurnEnd } from "../conversations/conversation";
import { asJson, asMarkdown, fileName, messagesOf } from "../conversations/export";
import { conversationStore } from "../conversations/store";
import { download } from "../csv/write";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import { Composer } from "./chat/composer";
import { History } from "./chat/history";
import { Sampling, type SamplingSettings } from "./chat/sampling";
import { TurnList } from "./chat/turn_list";
import { UndoNotice } from "./chat/undo";
import type { AnswerHost, InputComponent, RunEnd } from "./component";

/** Milliseconds: typing that counts as complete; between two copies of an answer that is being written. */
const PAUSE = 250;
const SAVE = 1_000;

/** What a reload needs beside what the store has. */
interface Draft {
  conversation: string;
  text: string;
  system: string;
  editing?: { turn: number; text: string };
  /** Only what the store has not kept, or not yet. */
  turns?: Turn[];
  /** The one that another takes the place of on the same page. */
  before?: ConversationInput;
}

interface Example {
  messages: { role: "system" | "user" | "assistant"; content: string }[];
}

type Reply = ReplyFacts & { text: string; finish_reason?: "stop" | "length" | null };

export class ConversationInput implements InputComponent, AnswerHost {
  readonly name: string;
  readonly element: HTMLElement;
  readonly place = h("div", { class: "chat-answers" });
  readonly foot = h("div", { class: "chat-foot" });
  onchange: (complete: boolean) => void = () => undefined;
  onrun: () => void = () => undefined;
  oncancel: () => void = () => undefined;
  onopen: () => void = () => undefined;
  onshow: (outputs: unknown[] | undefined) => void = () => undefined;

  private readonly store = conversationStore();
  private readonly title = h("span", { class: "chat-title", dir: "auto" });
  private readonly spoken = h("p", { class: "visually-hidden", "aria-live": "polite" });
  private readonly system: HTMLTextAreaElement;
  private readonly composer: Composer;
  private readonly turns: TurnList;
  private readonly history: History;
  private readonly sampling: Sampling;
  private readonly undo = new UndoNotice();
  private current = newConversation();
  /** The answer that is being written, and into which conversation. */
  private run: { conversation: Conversation; turn: Turn; saved: number } | undefined;
  private readonly stop: () => void;
  private timer = 0;
  private frame = 0;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    const limit = Number(info["max_length"]);
    this.composer = new Composer({
      id: `input-${info.name}`, label: t("chat.message"), placeholder: localized(info["placeholder"] as ComponentInfo["label"]), limit,
      send: t("chat.send"), onsend: (text) => this.send(text), oninput: () => this.typed(), stop: t("chat.stop"), onstop: () => this.oncancel(),
    });
    this.turns = new TurnList(localized(info.label), {
      limit, edit: (turn, text) => this.replaceFrom(turn, text), regenerate: (turn) => this.regenerate(turn), answer: () => this.onrun(), draft: () => this.typed(),
    });
    this.history = new History(`history-${info.name}`, {
      open: (conversation) => this.open(conversation), rename: (conversation, name) => this.rename(conversation, name), remove: (all) => this.remove(all),
    });
    this.sampling = new Sampling(info["defaults"] as SamplingSettings, info["ranges"] as Record<string, [number, number]>);
    this.system = h("textarea", { id: "chat-system", class: "text", rows: 2, dir: "auto", placeholder: t("chat.system.placeholder"), "aria-describedby": "chat-system-hint" });
    this.system.addEventListener("input", () => this.typed());
    this.system.addEventListener("change", () => this.keepSystem());
    this.element = this.layout();
    this.stop = this.store.listen(() => this.changed(), (id) => id === this.run?.conversation.id || (id === this.current.id && this.turns.editing() !== undefined));
    this.draw();
  }

  payload(): unknown {
    const { turns } = this.current;
    if (turns[turns.length - 1]?.role !== "user") return null;
    this.keepSystem();
    const messages = messagesOf(this.current).map(({ role, content }) => ({ role, content: wellFormed(content) }));
    return { messages, settings: this.sampling.get() };
  }

  draft(): Draft {
    const editing = this.turns.editing();
    const { id, turns } = this.current;
    return {
      conversation: id, text: this.composer.text, system: this.system.value, ...(editing ? { editing } : {}), ...(this.store.settled ? {} : { turns }),
    };
  }

  carry(): Draft {
    return { ...this.draft(), before: this };
  }

  /** An example begins a conversation of its own; a draft goes on with the one that was shown. */
  show(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    if ("messages" in value) {
      const { messages } = value as Example;
      const made = newConversation(messages.find(({ role }) => role === "system")?.content);
      for (const { role, content } of messages) if (role !== "system") made.turns.push({ role, content, ...(role === "assistant" ? { end: "stop" as const } : {}) });
      this.open(made);
      void this.store.save(made);
      return;
    }
    const draft = value as Draft;
    this.composer.text = draft.text;
    this.system.value = draft.system;
    if (draft.before) this.takeOver(draft.before, draft.editing);
    else void this.reopen(draft);
  }

  dispose(): void {
    this.stop();
    this.turns.follow.dispose();
    clearTimeout(this.timer);
  }

  // ------------------------------------------------------------------------------------------------- runs

  began(): void {
    const turn: Turn = { role: "assistant", content: "" };
    this.current.turns.push(turn);
    this.run = { conversation: this.current, turn, saved: performance.now() };
    this.spoken.textContent = t("chat.writing");
    this.draw();
    this.turns.follow.end();
  }

  answered(outputs: unknown[]): void {
    if (!this.run) return;
    const { text, finish_reason: end, ...facts } = outputs[0] as Reply;
    const { conversation, turn, saved } = this.run;
    Object.assign(turn, { content: text, facts });
    if (end) turn.end = end;
    if (performance.now() - saved > SAVE) {
      this.run.saved = performance.now();
      void this.store.save(conversation);
    }
    // However fast the words come, they are drawn no more often than they can be seen.
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.run || this.run.conversation !== this.current) return;
      const { turn } = this.run;
      this.turns.grow(turn);
      // By now the next answer may have begun, of which there is nothing to say yet.
      if (turn.facts) this.onshow([turn.facts]);
    });
  }

  ended(how: RunEnd): void {
    const run = this.run;
    this.run = undefined;
    if (!run) return;
    const { conversation, turn } = run;
    const ends: Record<RunEnd, TurnEnd> = { done: turn.end ?? "stop", cancelled: "stopped", failed: "failed" };
    turn.end = ends[how];
    // Nothing came: the message stands there without an answer. What was replaced meanwhile is not there any more.
    if (turn.content === "" && how !== "done") conversation.turns = conversation.turns.filter((other) => other !== turn);
    this.spoken.textContent = how === "done" ? t("chat.answered", { text: turn.content }) : t(`chat.end.${turn.end}`);
    // Not if it was deleted meanwhile.
    if (this.store.get(conversation.id) === conversation) this.touch(conversation);
    else this.draw();
  }

  // -------------------------------------------------------------------------------------------- the turns

  private send(text: string): void {
    this.current.turns.push({ role: "user", content: text });
    this.composer.text = "";
    this.undo.hide();
    this.ask();
  }

  /** Another message in place of one, and of all that came after it. */
  private replaceFrom(turn: Turn, text: string): void {
    const index = this.current.turns.indexOf(turn);
    this.replace([...this.current.turns.slice(0, index), { role: "user", content: text }], t("chat.undo.edited", { count: this.current.turns.length - index - 1 }));
  }

  private regenerate(turn: Turn): void {
    this.replace(this.current.turns.slice(0, this.current.turns.indexOf(turn)), t("chat.undo.regenerated"));
  }

  private replace(turns: Turn[], said: string): void {
    const { current } = this;
    const before = current.turns;
    current.turns = turns;
    this.undo.offer(said, () => {
      if (this.run?.conversation === current) this.oncancel();
      current.turns = before;
      this.touch(current);
    });
    this.ask();
  }

  private ask(): void {
    this.touch(this.current);
    this.turns.follow.end();
    this.onchange(true);
    this.onrun();
  }

  /** It has changed: it comes first, is kept, and drawn. */
  private touch(conversation: Conversation): void {
    conversation.changed = Date.now();
    if (conversation.turns.length > 0 || conversation.revision > 0) void this.store.save(conversation);
    this.draw();
  }

  private keepSystem(): void {
    if (this.system.value === this.current.system) return;
    this.current.system = this.system.value;
    if (this.current.turns.length > 0) this.touch(this.current);
  }

  // ------------------------------------------------------------------------------------ the conversations

  private open(conversation: Conversation): void {
    this.current = conversation;
    this.system.value = conversation.system;
    this.undo.hide();
    this.onopen();
    this.draw();
    this.turns.follow.end();
    this.onchange(true);
  }

  private async reopen({ conversation, editing, turns, system }: Draft): Promise<void> {
    const before = this.current;
    await this.store.ready;
    // The visitor was faster.
    if (this.current !== before || before.turns.length > 0) return;
    const known = this.store.get(conversation);
    if (known && turns && turns.length > known.turns.length) known.turns = turns;
    this.current = known ?? (turns?.length ? { ...before, id: conversation, turns } : before);
    this.current.system = system;
    this.draw();
    this.turns.follow.end();
    if (editing) this.turns.edit(editing.turn, editing.text);
  }

  /** Its conversation, and the answer that is being written. */
  private takeOver(before: ConversationInput, editing: Draft["editing"]): void {
    this.current = before.current;
    this.run = before.run;
    before.run = undefined;
    this.draw();
    this.turns.follow.end();
    if (editing) this.turns.edit(editing.turn, editing.text);
  }

  private rename(conversation: Conversation, name: string): void {
    const renamed = name === titleOf({ ...conversation, name: "" }) ? "" : name;
    if (renamed !== conversation.name) {
      conversation.name = renamed;
      void this.store.save(conversation);
    }
    this.draw();
  }

  private remove(conversations: Conversation[]): void {
    if (conversations.some((conversation) => conversation === this.run?.conversation)) this.oncancel();
    const { current } = this;
    const shown = conversations.includes(current);
    void this.store.remove(conversations);
    if (shown) this.open(newConversation(current.system));
    const said = conversations.length === 1 ? t("chat.undo.deleted", { title: titleOf(conversations[0]!) }) : t("chat.undo.deleted_all", { count: conversations.length });
    // In the panel, which lies above the page.
    this.history.undo.offer(said, () => {
      this.store.restore(conversations);
      if (shown && this.current.turns.length === 0) this.open(current);
    }, true);
  }

  private save(kind: "md" | "json"): void {
    const { current } = this;
    const names = { user: t("chat.user"), assistant: t("chat.assistant"), system: t("chat.system") };
    const text = kind === "md" ? asMarkdown(current, names) : asJson(current, this.sampling.get());
    download(fileName(current, kind), text, kind === "md" ? "text/markdown" : "application/json");
  }

  // ------------------------------------------------------------------------------------------ the drawing

  private layout(): HTMLElement {
    const make = h("button", { type: "button", class: "tool", onclick: () => {
      this.open(newConversation(this.current.system));
      this.composer.focus();
    } }, t("chat.new"));
    const save = (kind: "md" | "json") => h("button", { type: "button", class: "tool small", onclick: () => this.save(kind) }, icon(...ICONS.download), t(`chat.save.${kind}`));
    return h("div", { class: "chat" },
      h("div", { class: "chat-room" }, h("div", { class: "chat-bar" }, this.history.button, this.title, make),
        this.turns.element, this.undo.element, this.place, this.composer.element, this.foot),
      this.history.panel, this.spoken,
      h("details", { class: "chat-settings" }, h("summary", {}, t("chat.settings")),
        h("div", { class: "field" }, h("label", { class: "label", for: "chat-system" }, t("chat.system")), this.system, h("p", { class: "note", id: "chat-system-hint" }, t("chat.system.hint"))),
        this.sampling.element, h("div", { class: "tools" }, save("md"), save("json"))));
  }

  /** Something in the store has changed; what was deleted elsewhere is not shown any longer. */
  private changed(): void {
    const { current } = this;
    if (current.turns.length > 0 && !this.run && this.store.get(current.id) !== current) this.open(newConversation(current.system));
    else this.draw();
  }

  private draw(): void {
    const { current, run } = this;
    const mine = run?.conversation === current;
    this.title.textContent = titleOf(current) || t("chat.untitled");
    this.turns.show(current, mine ? run.turn : undefined);
    this.composer.answers(mine);
    this.history.show(this.store.list(), current.id, run?.conversation.id, this.store.kept);
    const last = [...current.turns].reverse().find(({ facts }) => facts);
    this.onshow(last?.facts ? [last.facts] : undefined);
  }

  private typed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onchange(true), PAUSE);
  }
}
