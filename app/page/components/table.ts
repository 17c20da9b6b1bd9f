/**
 * A table of many rows, a page at a time: sorted by a column, one group alone, groups corrected by hand, and all of it
 * downloaded as CSV. What the visitor corrected is kept when the answer comes anew.
 */

import type { ComponentInfo, Localized } from "../../shared/site";
import { type Cell, csvOf, download } from "../csv/write";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";
import { GroupFilter } from "./table_groups";

interface Column {
  name: Localized;
  kind: "text" | "number" | "group" | "groups";
  choices: string[];
  shown: boolean;
  values: Cell[];
}

interface Payload {
  file_name: string;
  columns: Column[];
  /** Texts of rows and the groups that the visitor put them in; kept here so that another view, or the page anew, shows them, too. */
  corrected?: [text: string, group: string][];
}

export class TableOutput implements OutputComponent {
  readonly element: HTMLElement;
  onwork = (): void => undefined;
  private readonly ungrouped: string;
  private readonly pageSize: number;
  private readonly groups: GroupFilter;
  private readonly head = h("tr");
  private readonly body = h("tbody");
  private readonly where = h("span", { class: "note", "aria-live": "polite" });
  private readonly back: HTMLButtonElement;
  private readonly on: HTMLButtonElement;
  private columns: Column[] = [];
  private fileName = "";
  private payload: Payload | undefined;
  private corrected = new Map<string, string>();
  /** Rows that pass the filter, in their order. */
  private rows: number[] = [];
  private sorting: { column: number; down: boolean } | undefined;
  private page = 0;

  constructor(info: ComponentInfo) {
    this.ungrouped = localized(info["ungrouped"] as Localized);
    this.pageSize = Number(info["page_size"]);
    this.groups = new GroupFilter(this.ungrouped, () => this.arrange());
    this.back = h("button", { type: "button", class: "tool", onclick: () => this.turn(-1) }, t("table.back"));
    this.on = h("button", { type: "button", class: "tool", onclick: () => this.turn(1) }, t("table.on"));
    const save = h("button", { type: "button", class: "tool table-download", onclick: () => this.save() }, icon(...ICONS.download), t("table.download"));
    const label = localized(info.label);
    this.element = h("section", { class: "table-output", "aria-label": label, hidden: true }, h("p", { class: "label" }, label), this.groups.element,
      h("div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": label }, h("table", {}, h("thead", {}, this.head), this.body)),
      h("div", { class: "tools table-pages" }, this.back, this.where, this.on, save));
  }

  show(value: unknown): void {
    // Python's None comes as undefined.
    const payload = (value ?? null) as Payload | null;
    if (payload === null) return this.clear();
    for (const column of payload.columns) column.values = column.values.map((cell) => cell ?? null);
    const names = (columns: Column[]) => columns.map(({ name }) => name.en).join("\n");
    if (names(payload.columns) !== names(this.columns)) this.sorting = undefined;
    payload.corrected ??= [...this.corrected];
    this.corrected = new Map(payload.corrected);
    this.payload = payload;
    this.columns = payload.columns;
    this.fileName = payload.file_name;
    this.correct();
    if (payload.corrected.length > 0) this.onwork();
    this.element.hidden = false;
    this.head.replaceChildren(...this.shown().map((column) => this.heading(column)));
    this.arrange();
  }

  clear(): void {
    this.columns = [];
    this.corrected = new Map();
    this.sorting = undefined;
    this.groups.reset();
    this.element.hidden = true;
    this.body.replaceChildren();
  }

  private shown(): Column[] {
    return this.columns.filter(({ shown }) => shown);
  }

  private get group(): Column | undefined {
    return this.columns.find(({ kind }) => kind === "group" || kind === "groups");
  }

  /** The first column of texts is what a correction is remembered by. */
  private get text(): Column | undefined {
    return this.columns.find(({ kind, shown }) => kind === "text" && shown);
  }

  private correct(): void {
    const [group, text] = [this.group, this.text];
    if (group?.kind !== "group" || !text || this.corrected.size === 0) return;
    text.values.forEach((value, row) => {
      const wanted = this.corrected.get(String(value));
      if (wanted !== undefined && (wanted === "" || group.choices.includes(wanted))) this.put(row, wanted);
    });
  }

  /** A score is the model's, and says nothing of what the visitor chose. */
  private put(row: number, wanted: string): void {
    const group = this.group!;
    if ((group.values[row] ?? "") === wanted) return;
    group.values[row] = wanted;
    for (const column of this.columns) if (column.kind === "number" && column.shown) column.values[row] = null;
  }

  /** Filters and sorts, and begins again on the first page unless it is one row that changed. */
  private arrange(page = 0): void {
    const { group } = this;
    const count = this.columns[0]?.values.length ?? 0;
    if (group) this.groups.show(group.values.map((value) => partsOf(group, value)), group.choices);
    this.rows = [...Array(count).keys()].filter((row) => !group || this.groups.passes(partsOf(group, group.values[row]!)));
    if (this.sorting) {
      const { column, down } = this.sorting;
      const { values } = this.columns[column]!;
      const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
      this.rows.sort((a, b) => ordered(values[a]!, values[b]!, compare, down));
    }
    this.page = Math.min(page, Math.max(0, Math.ceil(this.rows.length / this.pageSize) - 1));
    this.draw();
  }

  private draw(): void {
    const [first, last] = [this.page * this.pageSize, Math.min((this.page + 1) * this.pageSize, this.rows.length)];
    this.body.replaceChildren(...this.rows.slice(first, last).map((row) => h("tr", { "data-row": row }, ...this.shown().map((column) => this.cell(column, row)))));
    const spelled = (number: number) => number.toLocaleString(document.documentElement.lang);
    this.where.textContent = this.rows.length === 0 ? t("table.none") : t("table.where", { first: spelled(first + 1), last: spelled(last), count: spelled(this.rows.length) });
    this.back.disabled = this.page === 0;
    this.on.disabled = last >= this.rows.length;
    this.back.hidden = this.on.hidden = this.rows.length <= this.pageSize;
    this.columns.forEach((column, index) => {
      const place = this.shown().indexOf(column);
      const sorted = this.sorting?.column === index ? (this.sorting.down ? "descending" : "ascending") : "none";
      if (place >= 0) this.head.children[place]!.setAttribute("aria-sort", sorted);
    });
  }

  private heading(column: Column): HTMLElement {
    return h("th", { scope: "col" }, h("button", { type: "button", class: "table-sort", onclick: () => this.sort(column) }, localized(column.name)));
  }

  private cell(column: Column, row: number): HTMLElement {
    const value = column.values[row]!;
    if (column.kind === "number") return h("td", { class: "number" }, value === null ? "" : Number(value).toFixed(2));
    if (column.kind === "text") return h("td", { class: "text-cell", dir: "auto" }, String(value ?? ""));
    if (column.kind === "groups") return h("td", { class: "group", dir: "auto" }, String(value ?? "") || this.ungrouped);
    const list = h("select", { class: "select", "aria-label": t("table.move", { row: row + 1 }) },
      ...["", ...column.choices].map((choice) => h("option", { value: choice, selected: choice === (value ?? "") }, choice || this.ungrouped)));
    list.addEventListener("change", () => this.move(row, list.value));
    return h("td", { class: "group" }, list);
  }

  /** The row stays in sight, under the finger that moved it, until the filter or the order is asked for again. */
  private move(row: number, wanted: string): void {
    const { group, text } = this;
    if (text) this.corrected.set(String(text.values[row]), wanted);
    this.put(row, wanted);
    this.correct();
    this.groups.show(group!.values.map((value) => partsOf(group!, value)), group!.choices);
    for (const cell of this.body.querySelectorAll(`[data-row="${row}"] .number`)) cell.textContent = "";
    this.payload!.corrected = [...this.corrected];
    this.onwork();
  }

  /** Once up, once down, and then as it was. */
  private sort(column: Column): void {
    const index = this.columns.indexOf(column);
    const same = this.sorting?.column === index;
    this.sorting = !same ? { column: index, down: false } : this.sorting!.down ? undefined : { column: index, down: true };
    this.arrange();
  }

  private turn(pages: number): void {
    this.page += pages;
    this.draw();
    this.element.querySelector(".table-frame")!.scrollIntoView({ block: "nearest" });
    // A button that has just been disabled would lose the keyboard's place.
    if (this.back.disabled) this.on.focus();
    else if (this.on.disabled) this.back.focus();
  }

  /** All rows, in the order in which they came, whatever is filtered. */
  private save(): void {
    const rows = [...Array(this.columns[0]?.values.length ?? 0).keys()];
    download(this.fileName, csvOf(this.columns.map(({ name }) => localized(name)), rows.map((row) => this.columns.map(({ values }) => values[row] ?? null))));
  }
}

/** The groups of a row: none, one, or several with semicolons between. */
function partsOf({ kind }: Column, value: Cell): string[] {
  const text = String(value ?? "");
  return (kind === "groups" ? text.split("; ") : [text]).filter(Boolean);
}

/** Empty cells come last, whichever way. */
function ordered(a: Cell, b: Cell, compare: (a: string, b: string) => number, down: boolean): number {
  const [none, other] = [a === null || a === "", b === null || b === ""];
  if (none || other) return Number(none) - Number(other);
  const found = typeof a === "number" && typeof b === "number" ? a - b : compare(String(a), String(b));
  return down ? -found : found;
}
