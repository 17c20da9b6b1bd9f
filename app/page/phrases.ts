/**
 * Texts of errors in the visitor's language. Errors are finished English sentences when they come here, from other
 * threads and from Python. Each phrase of `static/locales/phrases-<language>.json` is such a sentence, with names in
 * braces for what differs; what a name stands for is looked up, too ("…: nothing arrived for 30 s").
 */

export type Phrases = Record<string, string>;

/** The text in the language of the phrases; as it is where no phrase fits. */
export function translated(text: string, phrases: Phrases): string {
  const plain = phrases[text];
  if (plain !== undefined) return plain;
  for (const [phrase, translation] of candidates(phrases)) {
    const found = patternOf(phrase).exec(text)?.groups;
    if (found) return filled(translation, (name) => translated(found[name] ?? "", phrases));
  }
  return text;
}

/** Those with names, the ones that say most first: "{count} bytes" would fit "at most 3 bytes", too. */
function candidates(phrases: Phrases): [string, string][] {
  const said = (phrase: string) => phrase.replace(/\{\w+\}/g, "").length;
  return Object.entries(phrases).filter(([phrase]) => phrase.includes("{")).sort(([a], [b]) => said(b) - said(a));
}

function patternOf(phrase: string): RegExp {
  const literal = phrase.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replace(/\{(\w+)\}/g, "(?<$1>.+?)")}$`, "s");
}

function filled(text: string, value: (name: string) => string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => value(name));
}
