/**
 * The inside of a paragraph: emphasis, code and links, as CommonMark finds them, but flat. A span has its styles as
 * flags, so that no nesting is too deep to draw. Everything takes time linear in the text.
 */

export interface Span {
  text: string;
  code?: true;
  strong?: true;
  emphasis?: true;
  strike?: true;
  /** Where a link leads: shown beside its text, never followed. */
  address?: string;
}

type Style = "strong" | "emphasis" | "strike";

/** A run of `*`, `_` or `~~` that may begin or end a style. */
interface Delimiter {
  order: number;
  piece: number;
  char: string;
  count: number;
  left: number;
  opens: boolean;
  closes: boolean;
}

const SPECIAL = /[\\`*_~[\]<]/g;
/** Not the full-width marks of Chinese: a style ends behind them although a letter follows without a space. */
const PUNCTUATION = /[!-/:-@[-`{-~]|(?![\u3000-\u303f\uff00-\uff65])[\p{P}\p{S}]/u;
const ESCAPABLE = /[!-/:-@[-`{-~]/;
/** An address may hold one level of parentheses; it stops at the next one, so many of them cost no more than few. */
const TARGET = /\(\s?<?((?:[^\s()<>]|\([^\s()]*\)){0,2000})>?(?:\s"[^"\n]{0,200}")?\s?\)/y;
const AUTOMATIC = /<((?:https?|mailto):[^\s<>]{1,2000})>/y;
const BREAK = /<br ?\/?>/iy;

export function inline(text: string): Span[] {
  return new Inline(text).read();
}

class Inline {
  private readonly pieces: Span[] = [];
  private readonly delimiters: Delimiter[] = [];
  private brackets: { piece: number; image: boolean }[] = [];
  private readonly changes = new Map<number, Partial<Record<Style, number>>>();
  private readonly closing: Map<number, number>;

  constructor(private readonly text: string) {
    this.closing = closingBackticks(text);
  }

  read(): Span[] {
    const { text } = this;
    let at = 0;
    while (at < text.length) {
      SPECIAL.lastIndex = at;
      const next = SPECIAL.exec(text)?.index ?? text.length;
      if (next > at) this.add(text.slice(at, next));
      at = next < text.length ? this.special(next) : next;
    }
    this.pair();
    return this.styled();
  }

  private add(text: string): void {
    this.pieces.push({ text });
  }

  /** Reads what begins with a special character; returns where it ends. */
  private special(at: number): number {
    const { text } = this;
    const char = text[at]!;
    if (char === "\\") return this.escaped(at);
    if (char === "`") return this.code(at);
    if (char === "[") return this.bracket(at);
    if (char === "]") return this.link(at);
    if (char === "<") return this.angle(at);
    return this.run(at, char);
  }

  private escaped(at: number): number {
    const next = this.text[at + 1];
    if (next === "\n") return at + 1;
    const escapes = next !== undefined && ESCAPABLE.test(next);
    this.add(escapes ? next : "\\");
    return at + (escapes ? 2 : 1);
  }

  private code(at: number): number {
    const length = runLength(this.text, at);
    const end = this.closing.get(at);
    if (end === undefined) {
      this.add("`".repeat(length));
      return at + length;
    }
    const inside = this.text.slice(at + length, end).replaceAll("\n", " ");
    const padded = inside.startsWith(" ") && inside.endsWith(" ") && inside.trim() !== "";
    this.pieces.push({ text: padded ? inside.slice(1, -1) : inside, code: true });
    return end + length;
  }

  private bracket(at: number): number {
    const before = this.pieces[this.pieces.length - 1];
    this.brackets.push({ piece: this.pieces.length, image: Boolean(before && !before.code && before.text.endsWith("!")) });
    this.add("[");
    return at + 1;
  }

  private link(at: number): number {
    const open = this.brackets.pop();
    TARGET.lastIndex = at + 1;
    const target = open && this.text[at + 1] === "(" ? TARGET.exec(this.text) : null;
    if (!open || !target) {
      this.add("]");
      return at + 1;
    }
    if (open.image) this.pieces[open.piece - 1]!.text = this.pieces[open.piece - 1]!.text.slice(0, -1);
    this.pieces[open.piece]!.text = "";
    const address = target[1] ?? "";
    for (let piece = open.piece; piece < this.pieces.length; piece++) this.pieces[piece]!.address = address;
    // No link inside a link: so each piece is given an address once.
    this.brackets = [];
    return at + 1 + target[0].length;
  }

  private angle(at: number): number {
    AUTOMATIC.lastIndex = BREAK.lastIndex = at;
    const address = AUTOMATIC.exec(this.text);
    const line = address ? null : BREAK.exec(this.text);
    if (address) this.pieces.push({ text: address[1]!, address: address[1]! });
    else this.add(line ? "\n" : "<");
    return at + (address ?? line ?? "<")[0]!.length;
  }

  private run(at: number, char: string): number {
    const count = runLength(this.text, at);
    const [before, after] = [characterBefore(this.text, at), characterAt(this.text, at + count)];
    const [leftFlanking, rightFlanking] = [flanks(before, after), flanks(after, before)];
    const word = char === "_";
    const opens = leftFlanking && (!word || !rightFlanking || PUNCTUATION.test(before));
    const closes = rightFlanking && (!word || !leftFlanking || PUNCTUATION.test(after));
    if ((opens || closes) && (char !== "~" || count === 2)) {
      this.delimiters.push({ order: this.delimiters.length, piece: this.pieces.length, char, count, left: count, opens, closes });
    }
    this.add(char.repeat(count));
    return at + count;
  }

  /** Which runs belong together: CommonMark's algorithm, with its memory of where looking for a partner was in vain. */
  private pair(): void {
    const stack: Delimiter[] = [];
    const bottom = new Map<string, number>();
    for (const closer of this.delimiters) {
      const key = `${closer.char}${closer.opens}${closer.count % 3}`;
      while (closer.closes && closer.left > 0) {
        let place = stack.length - 1;
        while (place >= 0 && stack[place]!.order >= (bottom.get(key) ?? 0) && !fits(stack[place]!, closer)) place--;
        if (place < 0 || stack[place]!.order < (bottom.get(key) ?? 0)) {
          bottom.set(key, closer.order);
          break;
        }
        this.join(stack[place]!, closer);
        stack.length = stack[place]!.left > 0 ? place + 1 : place;
      }
      if (closer.opens && closer.left > 0) stack.push(closer);
    }
    for (const { piece, char, left } of this.delimiters) this.pieces[piece]!.text = char.repeat(left);
  }

  private join(opener: Delimiter, closer: Delimiter): void {
    const used = Math.min(opener.left, closer.left, 2);
    const style: Style = opener.char === "~" ? "strike" : used === 2 ? "strong" : "emphasis";
    opener.left -= used;
    closer.left -= used;
    this.change(opener.piece + 1, style, 1);
    this.change(closer.piece, style, -1);
  }

  private change(piece: number, style: Style, by: number): void {
    const change = this.changes.get(piece) ?? {};
    change[style] = (change[style] ?? 0) + by;
    this.changes.set(piece, change);
  }

  /** The pieces with their styles; neighbours of the same looks become one. */
  private styled(): Span[] {
    const depth = { strong: 0, emphasis: 0, strike: 0 };
    const spans: Span[] = [];
    this.pieces.forEach((piece, index) => {
      for (const [style, by] of Object.entries(this.changes.get(index) ?? {})) depth[style as Style] += by;
      if (piece.text === "") return;
      for (const style of ["strong", "emphasis", "strike"] as const) if (depth[style] > 0) piece[style] = true;
      const last = spans[spans.length - 1];
      if (last && alike(last, piece)) last.text += piece.text;
      else spans.push(piece);
    });
    return spans;
  }
}

function alike(a: Span, b: Span): boolean {
  return a.code === b.code && a.strong === b.strong && a.emphasis === b.emphasis && a.strike === b.strike && a.address === b.address;
}

function fits(opener: Delimiter, closer: Delimiter): boolean {
  if (opener.char !== closer.char || !opener.opens) return false;
  const both = opener.closes || closer.opens;
  return !both || (opener.count + closer.count) % 3 !== 0 || (opener.count % 3 === 0 && closer.count % 3 === 0);
}

/** Whether a run between these characters can begin something before `after`. */
function flanks(before: string, after: string): boolean {
  if (after === "" || /\s/.test(after)) return false;
  return !PUNCTUATION.test(after) || before === "" || /\s/.test(before) || PUNCTUATION.test(before);
}

function characterAt(text: string, at: number): string {
  return at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : "";
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return "";
  const pair = at > 1 && /[\udc00-\udfff]/.test(text[at - 1]!) && /[\ud800-\udbff]/.test(text[at - 2]!);
  return text.slice(at - (pair ? 2 : 1), at);
}

function runLength(text: string, at: number): number {
  let end = at;
  while (text[end] === text[at]) end++;
  return end - at;
}

/** For each run of backticks that begins code: where the run is that ends it. */
function closingBackticks(text: string): Map<number, number> {
  const runs = [...text.matchAll(/`+/g)].map((run) => [run.index, run[0].length] as const);
  const last = new Map<number, number>();
  const found = new Map<number, number>();
  for (const [at, length] of runs.reverse()) {
    if (last.has(length)) found.set(at, last.get(length)!);
    last.set(length, at);
  }
  return found;
}
