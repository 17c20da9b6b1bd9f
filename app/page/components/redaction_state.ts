/**
 * What of a text is redacted, as the visitor decides it: spans with a decision each, steps back, the text that results,
 * and the key to its placeholders. No page: the component draws it.
 */

export interface Kind {
  id: string;
  placeholder: string;
}

export interface Span {
  start: number;
  end: number;
  /** Index into the kinds. */
  kind: number;
  /** Equal for all spans that mean the same. */
  number: number;
  kept: boolean;
}

export class RedactionState {
  spans: readonly Span[];
  private past: (readonly Span[])[] = [];

  constructor(readonly text: string, readonly kinds: readonly Kind[], spans: readonly Span[]) {
    this.spans = spans;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  /** Nothing: its steps back would be as long as the text for each decision. */
  toJSON(): undefined {}

  placeholder(span: Span): string {
    return `[${this.kinds[span.kind]!.placeholder} ${span.number}]`;
  }

  original(span: Span): string {
    return this.text.slice(span.start, span.end);
  }

  /** Indices of the spans with the same placeholder. */
  same(span: Span): number[] {
    return this.where((other) => other.kind === span.kind && other.number === span.number);
  }

  where(fits: (span: Span) => boolean): number[] {
    return this.spans.flatMap((span, index) => (fits(span) ? [index] : []));
  }

  decide(indices: Iterable<number>, kept: boolean): void {
    const chosen = new Set(indices);
    this.change(this.spans.map((span, index) => (chosen.has(index) && span.kept !== kept ? { ...span, kept } : span)));
  }

  /**
   * Marks a text wherever it stands as a word of its own, or, if it does so nowhere, wherever it stands. Spans that it
   * touches give way to it. Returns how many places there are.
   */
  mark(words: string, kind: number): number {
    const wanted = words.trim();
    if (wanted === "") return 0;
    const places = occurrences(this.text, wanted);
    if (places.length === 0) return 0;
    const number = this.numberOf(wanted, kind);
    const added = places.map((start) => ({ start, end: start + wanted.length, kind, number, kept: false }));
    this.change(merged(this.spans, added));
    return added.length;
  }

  undo(): void {
    const before = this.past.pop();
    if (before) this.spans = before;
  }

  /** The text with placeholders. */
  result(): string {
    const made: string[] = [];
    let done = 0;
    for (const span of this.spans) {
      if (span.kept) continue;
      made.push(this.text.slice(done, span.start), this.placeholder(span));
      done = span.end;
    }
    made.push(this.text.slice(done));
    return made.join("");
  }

  /** What each placeholder stands for, every spelling once. */
  key(): Record<string, string[]> {
    const key: Record<string, string[]> = {};
    for (const span of this.spans) {
      if (span.kept) continue;
      const spellings = (key[this.placeholder(span)] ??= []);
      if (!spellings.includes(this.original(span))) spellings.push(this.original(span));
    }
    return key;
  }

  /** The number of a span of the same kind and spelling, else the next one. */
  private numberOf(words: string, kind: number): number {
    const ofKind = this.spans.filter((span) => span.kind === kind);
    const spelled = words.toLocaleLowerCase();
    const known = ofKind.find((span) => this.original(span).toLocaleLowerCase() === spelled);
    return known?.number ?? 1 + ofKind.reduce((most, span) => Math.max(most, span.number), 0);
  }

  private change(spans: readonly Span[]): void {
    this.past.push(this.spans);
    this.spans = spans;
  }
}

/** Where a text stands, as a word of its own if it ever does. */
function occurrences(text: string, wanted: string): number[] {
  const all: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) all.push(at);
  const words = all.filter((at) => !isWord(text, at - 1, wanted[0]!) && !isWord(text, at + wanted.length, wanted.at(-1)!));
  return words.length ? words : all;
}

/** Whether the character there continues a word that `edge` is the edge of. */
function isWord(text: string, at: number, edge: string): boolean {
  const letter = /[\p{L}\p{N}_]/u;
  return letter.test(edge) && letter.test(text[at] ?? "");
}

/** Both by their place; of the old ones those that touch no new one. */
function merged(old: readonly Span[], added: readonly Span[]): Span[] {
  const made: Span[] = [];
  let at = 0;
  for (const span of old) {
    while (at < added.length && added[at]!.end <= span.start) made.push(added[at++]!);
    if (at === added.length || added[at]!.start >= span.end) made.push(span);
  }
  return [...made, ...added.slice(at)];
}
