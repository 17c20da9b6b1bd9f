/**
 * A text with its marks, in blocks: of a long text the browser lays out only those that are seen, so a decision costs as
 * little as in a short one.
 */

import { h } from "../dom";
import type { Span } from "./redaction_state";

/** From so many characters on a block ends with the next line, and from twice as many with the next word. */
const BLOCK = 4_000;

export function textBlocks(text: string, spans: readonly Span[], marks: readonly HTMLElement[]): HTMLElement[] {
  const blocks = [h("div", { class: "redactions-block" })];
  let length = 0;
  const add = (part: Node | string, size: number): void => {
    blocks.at(-1)!.append(part);
    length += size;
  };
  const plain = (part: string): void => {
    for (let end = endOfBlock(part, length); end > 0; end = endOfBlock(part, length)) {
      // The end of a block is the end of its line.
      add(part.slice(0, end).replace(/\n$/, ""), end);
      part = part.slice(end);
      blocks.push(h("div", { class: "redactions-block" }));
      length = 0;
    }
    if (part !== "") add(part, part.length);
  };
  let done = 0;
  spans.forEach((span, index) => {
    plain(text.slice(done, span.start));
    add(marks[index]!, span.end - span.start);
    done = span.end;
  });
  plain(text.slice(done));
  return blocks;
}

/** Where a block ends in a part of the text, when it has so many characters before the part; 0 if it does not. */
function endOfBlock(part: string, length: number): number {
  const line = part.indexOf("\n", Math.max(0, BLOCK - length));
  if (line >= 0 && length + line < 2 * BLOCK) return line + 1;
  const far = Math.max(0, 2 * BLOCK - length);
  return far < part.length ? part.indexOf(" ", far) + 1 : 0;
}
