/** How many rows each group has, as bars; pressing one shows its rows alone. */

import { h } from "../dom";
import { t } from "../i18n";

export class GroupFilter {
  readonly element = h("ul", { class: "groups", "aria-label": t("table.groups") });
  /** null: all; "": the rows without a group. */
  private chosen: string | null = null;
  private counts = new Map<string, number>();

  constructor(private readonly ungrouped: string, private readonly onchange: () => void) {}

  /** `rows`: the groups of each row; `order`: groups that come first, in this order. */
  show(rows: string[][], order: string[]): void {
    this.counts = new Map(order.map((group) => [group, 0]));
    for (const groups of rows) for (const group of groups.length > 0 ? groups : [""]) this.counts.set(group, (this.counts.get(group) ?? 0) + 1);
    if (this.chosen !== null && !this.counts.has(this.chosen)) this.chosen = null;
    const names = [...this.counts.keys()].filter((name) => name !== "");
    if (this.counts.has("")) names.push("");
    const focused = this.element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["group"] : undefined;
    this.element.replaceChildren(...names.map((name) => this.bar(name, rows.length)));
    if (focused !== undefined) [...this.element.querySelectorAll("button")].find((button) => button.dataset["group"] === focused)?.focus();
  }

  passes(groups: string[]): boolean {
    return this.chosen === null || (this.chosen === "" ? groups.length === 0 : groups.includes(this.chosen));
  }

  reset(): void {
    this.chosen = null;
  }

  private bar(name: string, rows: number): HTMLElement {
    const count = this.counts.get(name) ?? 0;
    const share = rows === 0 ? 0 : count / rows;
    const fill = h("span", { class: "bar-fill" });
    fill.style.transform = `scaleX(${share})`;
    const percent = share.toLocaleString(document.documentElement.lang, { style: "percent", maximumFractionDigits: 0 });
    return h("li", {}, h("button", { type: "button", class: "group-bar", "data-group": name, "aria-pressed": String(this.chosen === name), onclick: () => this.press(name) },
      h("span", { class: "group-name", dir: "auto" }, name || this.ungrouped), h("span", { class: "bar-value" }, `${count.toLocaleString(document.documentElement.lang)} · ${percent}`),
      h("span", { class: "bar-track" }, fill)));
  }

  private press(name: string): void {
    this.chosen = this.chosen === name ? null : name;
    this.onchange();
  }
}
