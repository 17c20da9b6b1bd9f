/**
 * Markdown as language models write it, as plain data: paragraphs, headings, lists, quotes, fenced code, tables. What is
 * not finished yet is what it is so far: a fence without an end is code. HTML is text. Time is linear in the text, since
 * nothing nests deeper than `DEEPEST` and no line is looked at twice at one depth.
 */

import { inline, type Span } from "./inline";

export type Block =
  | { kind: "paragraph"; spans: Span[] }
  | { kind: "heading"; level: number; spans: Span[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; ordered: boolean; start: number; items: Block[][] }
  | { kind: "table"; head: Span[][]; rows: Span[][][] }
  | { kind: "rule" };

/** Where a block ends: the index of the first line after it. */
type Found = { block: Block; next: number } | undefined;

const DEEPEST = 8;
const MOST_COLUMNS = 40;
const FENCE = /^ *(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ *(#{1,6})(?: +|$)/;
const MARKER = /^( *)([-*+]|\d{1,9}[.)])( +(?=\S)|\s*$)/;

export function parse(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  return blocks(lines.map((line) => line.replace(/^[ \t]*\t[ \t]*/, (space) => space.replaceAll("\t", "    "))), 0);
}

function blocks(lines: string[], depth: number): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) found.push({ kind: "paragraph", spans: inline(paragraph.map((line) => line.trim()).join("\n")) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    if (line.trim() === "") {
      flush();
      at++;
      continue;
    }
    const special = paragraph.length === 0 || interrupts(line) || isTable(lines, at) ? specialBlock(lines, at, depth) : undefined;
    if (special) {
      flush();
      found.push(special.block);
      at = special.next;
    } else {
      paragraph.push(line);
      at++;
    }
  }
  flush();
  return found;
}

function specialBlock(lines: string[], at: number, depth: number): Found {
  return fence(lines, at) ?? heading(lines, at) ?? rule(lines, at) ?? quote(lines, at, depth) ?? list(lines, at, depth) ?? table(lines, at);
}

/** Whether a line ends the paragraph before it. A number does so only as the beginning of a list: "in\n1984. Then …". */
function interrupts(line: string): boolean {
  if (FENCE.test(line) || HEADING.test(line) || isRule(line) || /^ *>/.test(line)) return true;
  const marker = MARKER.exec(line);
  return Boolean(marker && marker[3] !== "" && line.trim() !== marker[2] && (/^[-*+]$/.test(marker[2]!) || /^1[.)]$/.test(marker[2]!)));
}

function fence(lines: string[], at: number): Found {
  const open = FENCE.exec(lines[at]!);
  if (!open) return undefined;
  const mark = open[1]!;
  const indent = indentOf(lines[at]!);
  const text: string[] = [];
  let next = at + 1;
  for (; next < lines.length; next++) {
    const line = lines[next]!;
    const trimmed = line.trim();
    if (trimmed.length >= mark.length && trimmed === mark[0]!.repeat(trimmed.length)) break;
    text.push(line.slice(Math.min(indent, indentOf(line))));
  }
  const language = /^\s*([^\s{]{0,40})/.exec(open[2]!)![1]!;
  return { block: { kind: "code", language, text: text.join("\n") }, next: next + 1 };
}

function heading(lines: string[], at: number): Found {
  const found = HEADING.exec(lines[at]!);
  if (!found) return undefined;
  let text = lines[at]!.slice(found[0].length).trimEnd();
  let end = text.length;
  while (text[end - 1] === "#") end--;
  if (end === 0 || text[end - 1] === " ") text = text.slice(0, end).trimEnd();
  return { block: { kind: "heading", level: found[1]!.length, spans: inline(text) }, next: at + 1 };
}

function rule(lines: string[], at: number): Found {
  return isRule(lines[at]!) ? { block: { kind: "rule" }, next: at + 1 } : undefined;
}

function isRule(line: string): boolean {
  const marks = line.replaceAll(" ", "");
  return marks.length >= 3 && "-*_".includes(marks[0]!) && marks === marks[0]!.repeat(marks.length);
}

function quote(lines: string[], at: number, depth: number): Found {
  if (depth >= DEEPEST || !/^ *>/.test(lines[at]!)) return undefined;
  const inside: string[] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next]!;
    if (/^ *>/.test(line)) inside.push(line.replace(/^ *> ?/, ""));
    else if (continues(line, inside)) inside.push(line);
    else break;
  }
  return { block: { kind: "quote", blocks: blocks(inside, depth + 1) }, next };
}

/** A line that is not marked goes on with the paragraph that stands at the end of a quote or an item. */
function continues(line: string, inside: string[]): boolean {
  return line.trim() !== "" && !interrupts(line) && (inside[inside.length - 1] ?? "").trim() !== "";
}

function list(lines: string[], at: number, depth: number): Found {
  const first = depth < DEEPEST ? markerOf(lines[at]!) : undefined;
  if (!first) return undefined;
  const items: Block[][] = [];
  let next = at;
  for (let marker: Marker | undefined = first; marker && marker.kind === first.kind && Math.abs(marker.indent - first.indent) < 2; ) {
    const inside = [lines[next]!.slice(marker.content)];
    for (next++; next < lines.length; next++) {
      const line = lines[next]!;
      const indent = indentOf(line);
      if (line.trim() === "") inside.push("");
      else if (indent >= marker.indent + 2) inside.push(line.slice(Math.min(indent, marker.content)));
      else if (!markerOf(line) && continues(line, inside)) inside.push(line);
      else break;
    }
    items.push(blocks(inside, depth + 1));
    marker = next < lines.length ? markerOf(lines[next]!) : undefined;
  }
  return { block: { kind: "list", ordered: first.start !== undefined, start: first.start ?? 1, items }, next };
}

interface Marker {
  /** The sign of all items of a list. */
  kind: string;
  indent: number;
  /** Where the item's text begins. */
  content: number;
  start: number | undefined;
}

function markerOf(line: string): Marker | undefined {
  const found = isRule(line) ? null : MARKER.exec(line);
  if (!found) return undefined;
  const [indent, mark, space] = [found[1]!.length, found[2]!, found[3]!];
  const wide = space.length > 4 || space.trim() !== "" || space === "";
  const start = /^\d/.test(mark) ? Number.parseInt(mark, 10) : undefined;
  return { kind: mark[mark.length - 1]!, indent, content: indent + mark.length + (wide ? 1 : space.length), start };
}

function isTable(lines: string[], at: number): boolean {
  const [head, line] = [lines[at]!, lines[at + 1] ?? ""];
  if (!head.includes("|") || !line.includes("-")) return false;
  const marks = cells(line);
  return marks.length <= MOST_COLUMNS && marks.length === cells(head).length && marks.every((mark) => /^:?-+:?$/.test(mark));
}

function table(lines: string[], at: number): Found {
  if (!isTable(lines, at)) return undefined;
  const head = cells(lines[at]!).map(inline);
  const rows: Span[][][] = [];
  let next = at + 2;
  for (; next < lines.length && lines[next]!.includes("|"); next++) rows.push(cells(lines[next]!).slice(0, head.length).map(inline));
  return { block: { kind: "table", head, rows }, next };
}

function cells(line: string): string[] {
  const trimmed = line.trim().replace(/^\|/, "");
  const parts = trimmed.split(/(?<!\\)\|/);
  if (parts[parts.length - 1]!.trim() === "") parts.pop();
  return parts.map((part) => part.replaceAll("\\|", "|").trim());
}

function indentOf(line: string): number {
  let indent = 0;
  while (line[indent] === " ") indent++;
  return indent;
}
