/** Draws Markdown, also while it comes: what has not changed stays as it is. No HTML, and nothing that leads away. */

import { copyButton } from "../copy_button";
import { h } from "../dom";
import { t } from "../i18n";
import { type Block, parse } from "./blocks";
import type { Span } from "./inline";

/** Characters; a longer text is shown as it is. */
const LONGEST = 100_000;

export class MarkdownView {
  readonly element = h("div", { class: "markdown", dir: "auto" });
  private keys: string[] = [];

  show(text: string): void {
    const blocks: Block[] = text.length > LONGEST ? [{ kind: "code", language: "", text }] : parse(text);
    const keys = blocks.map((block) => JSON.stringify(block));
    let same = 0;
    while (same < keys.length && keys[same] === this.keys[same]) same++;
    const last = this.element.children[same];
    const growing = blocks[same];
    if (last && growing?.kind === "code" && grow(last, growing)) same++;
    while (this.element.children.length > same) this.element.lastElementChild!.remove();
    this.element.append(...blocks.slice(same).map(drawn));
    this.keys = keys;
  }
}

/** Code that grows stays in its element: it may be scrolled, and its button focused. */
function grow(element: Element, { language, text }: Extract<Block, { kind: "code" }>): boolean {
  if (!(element instanceof HTMLElement) || element.dataset["language"] !== (language || "-")) return false;
  element.querySelector("code")!.textContent = text;
  return true;
}

function drawn(block: Block): HTMLElement {
  switch (block.kind) {
    case "paragraph":
      return h("p", {}, ...block.spans.map(span));
    case "heading":
      // Below the page's own headings.
      return h(`h${Math.min(6, block.level + 2)}` as "h3", {}, ...block.spans.map(span));
    case "code":
      return code(block);
    case "quote":
      return h("blockquote", {}, ...block.blocks.map(drawn));
    case "list":
      return h(block.ordered ? "ol" : "ul", { start: block.ordered && block.start !== 1 ? block.start : null },
        ...block.items.map((item) => h("li", {}, ...item.map(drawn))));
    case "table":
      return h("div", { class: "table-frame" }, h("table", {},
        h("thead", {}, h("tr", {}, ...block.head.map((cell) => h("th", { scope: "col" }, ...cell.map(span))))),
        h("tbody", {}, ...block.rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, ...cell.map(span))))))));
    case "rule":
      return h("hr");
  }
}

function code({ language, text }: Extract<Block, { kind: "code" }>): HTMLElement {
  const inside = h("code", {}, text);
  return h("div", { class: "code-block", "data-language": language || "-" },
    h("div", { class: "code-head" }, h("span", {}, language), copyButton(t("markdown.copy"), () => inside.textContent ?? "")),
    h("pre", { tabindex: 0, dir: "ltr" }, inside));
}

function span({ text, code, strong, emphasis, strike, address }: Span): Node {
  let node: Node = code ? h("code", {}, text) : document.createTextNode(text);
  if (strong) node = h("strong", {}, node);
  if (emphasis) node = h("em", {}, node);
  if (strike) node = h("s", {}, node);
  if (address === undefined || address === "") return node;
  // The page may not lead away; who wants to go there copies the address.
  return h("span", { class: "link" }, node, address === text ? "" : h("span", { class: "link-address" }, ` (${address})`));
}
