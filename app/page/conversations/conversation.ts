/** What a conversation is while it is kept on the device. */

/** What an answer took, as `Reply` of Python tells it. */
export interface ReplyFacts {
  tokens: number;
  seconds: number;
  first_token_seconds: number | null;
  context_used: number;
  context_limit: number;
  /** How many of the oldest messages did not fit and were left out. */
  dropped: number;
}

/** How an answer ended; an answer without an end is still being written, or its page was closed. */
export type TurnEnd = "stop" | "length" | "stopped" | "failed";

export interface Turn {
  role: "user" | "assistant";
  content: string;
  end?: TurnEnd;
  facts?: ReplyFacts;
}

export interface Conversation {
  id: string;
  /** Given by the visitor; empty: the first words. */
  name: string;
  system: string;
  turns: Turn[];
  /** Milliseconds since 1970. */
  changed: number;
  /** Counts what was stored, so that two tabs notice each other; 0: nothing yet. */
  revision: number;
}

const LONGEST_TITLE = 48;

export function newConversation(system = ""): Conversation {
  return { id: newId(), name: "", system, turns: [], changed: Date.now(), revision: 0 };
}

/** `crypto.randomUUID` is not there on a host without https. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The name, or the first words of the first message; empty for a conversation without any. */
export function titleOf({ name, turns }: Conversation): string {
  if (name) return name;
  const words = (turns[0]?.content ?? "").slice(0, 400).trim().split(/\s+/);
  let title = "";
  for (const word of words) {
    if (title && title.length + word.length > LONGEST_TITLE) return `${title}…`;
    title = title ? `${title} ${word}` : word;
  }
  const letters = [...title];
  return letters.length > LONGEST_TITLE ? `${letters.slice(0, LONGEST_TITLE).join("")}…` : title;
}
