/** A conversation as a file: Markdown to read, JSON with the messages as chat templates take them. */

import { type Conversation, titleOf } from "./conversation";

export function asMarkdown(conversation: Conversation, names: { user: string; assistant: string; system: string }): string {
  const parts = [`# ${titleOf(conversation)}`];
  if (conversation.system) parts.push(`**${names.system}**`, conversation.system);
  for (const { role, content } of conversation.turns) parts.push(`**${names[role]}**`, content);
  return `${parts.join("\n\n")}\n`;
}

export function asJson(conversation: Conversation, settings: object): string {
  const messages = messagesOf(conversation);
  return `${JSON.stringify({ title: titleOf(conversation), changed: new Date(conversation.changed).toISOString(), settings, messages }, null, 2)}\n`;
}

export function messagesOf({ system, turns }: Conversation): { role: string; content: string }[] {
  const head = system.trim() === "" ? [] : [{ role: "system", content: system }];
  return [...head, ...turns.map(({ role, content }) => ({ role, content }))];
}

/** The title as the name of a file. */
export function fileName(conversation: Conversation, ending: string): string {
  const name = titleOf(conversation).replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `${name || "conversation"}.${ending}`;
}
