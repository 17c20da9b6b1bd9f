/** A CSV file of the visitor's own, picked or dropped, and which of its columns is meant. */

import { errorFrom } from "../../shared/errors";
import type { ComponentInfo } from "../../shared/site";
import { headerOf } from "../csv/header";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";
import { DropPlace } from "./drop_place";

interface Given {
  name: string;
  content?: Uint8Array;
  /** What an example holds. */
  base64?: string;
  column?: string | null;
}

/** So much of a file has the names of its columns. */
const HEAD = 1 << 16;

const TYPES = ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain";

export class TableFileInput implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly most: number;
  private readonly place: DropPlace;
  private readonly list: HTMLSelectElement;
  private readonly choice: HTMLElement;
  private file: Given | null = null;
  /** The reading that is wanted: one that ends later than another was not asked for last. */
  private reading = 0;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.most = Number(info["max_bytes"]);
    const id = `input-${info.name}`;
    const rows = Number(info["max_rows"]).toLocaleString(document.documentElement.lang);
    const texts = { choose: t("table_file.choose"), remove: t("table_file.remove"), hint: t("table_file.drop", { rows }) };
    this.place = new DropPlace(id, texts, {
      use: (file) => void this.use(file),
      refuse: (reason) => this.place.say(reason, true),
      remove: () => this.give(null),
    }, TYPES);
    this.list = h("select", { id: `${id}-column`, class: "select" });
    this.list.addEventListener("change", () => {
      if (this.file) this.file.column = this.list.value || null;
      this.onchange(true);
    });
    this.choice = h("div", { class: "field row", hidden: true }, h("label", { class: "label", for: `${id}-column` }, t("table_file.column")), this.list);
    this.element = h("div", { class: "field" }, h("span", { class: "label" }, localized(info.label)), this.place.element, this.place.note, info["choose"] ? this.choice : "");
    this.place.takeDrops(this.element);
  }

  payload(): unknown {
    return this.file;
  }

  /** A file is not kept across a reload: only its page may read it. */
  draft(): unknown {
    return null;
  }

  carry(): unknown {
    return this.file;
  }

  show(value: unknown): void {
    this.reading++;
    const given = value as Given | null;
    this.file = given && { ...given };
    this.place.removable = given !== null;
    this.choice.hidden = !given;
    this.place.say(given ? t("table_file.chosen", { name: given.name }) : "");
    if (given) this.offer(headerOf(startOf(given)), given.column ?? "");
  }

  private offer(columns: string[], chosen: string): void {
    this.list.replaceChildren(h("option", { value: "" }, t("table_file.guess")), ...columns.map((name) => h("option", { value: name }, name)));
    this.list.value = columns.includes(chosen) ? chosen : "";
    if (this.file) this.file.column = this.list.value || null;
  }

  /** What cannot be read takes nothing away: the file that was there before stays. */
  private async use(file: File): Promise<void> {
    const reading = ++this.reading;
    if (file.size > this.most) {
      this.place.say(t("table_file.large", { name: file.name, most: Math.floor(this.most / 1e6) }), true);
      return;
    }
    try {
      const content = new Uint8Array(await file.arrayBuffer());
      if (reading === this.reading) this.give({ name: file.name, content });
    } catch (error) {
      if (reading === this.reading) this.place.say(t("file.unreadable", { name: file.name, reason: errorFrom(error).message }), true);
    }
  }

  private give(file: Given | null): void {
    this.show(file);
    this.onchange(true);
  }
}

function startOf(given: Given): Uint8Array {
  if (given.content) return given.content.subarray(0, HEAD);
  return Uint8Array.from(atob(given.base64 ?? ""), (letter) => letter.charCodeAt(0)).subarray(0, HEAD);
}
