/** The fields of a form: a list that the visitor makes up, or takes from a JSON schema. */

import type { ComponentInfo } from "../../shared/site";
import { copyButton } from "../copy_button";
import { download } from "../csv/write";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";
import { FieldRow } from "./form/row";
import { type Field, fieldsOf, nameOf, NoForm, schemaOf } from "./form/schema";

/** Typing counts as complete after this pause. */
const PAUSE = 350;
const LONGEST_FILE = 1_000_000;

export class FormFields implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  /** Alone it is nothing to run on. */
  readonly optional = true;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly list = h("ul", { class: "form-rows" });
  private readonly add = h("button", { type: "button", class: "tool form-add", onclick: () => this.append() }, t("form.add"));
  private readonly json = h("textarea", { class: "text form-json", rows: 6, spellcheck: "false", "aria-label": t("form.schema") });
  private readonly problem = h("p", { class: "note over", hidden: true, role: "alert" });
  private readonly start: unknown;
  private readonly most: number;
  private rows: FieldRow[] = [];
  private timer = 0;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.start = info["start"];
    this.most = Number(info["most"]);
    const schema = () => JSON.stringify(schemaOf(this.fields()), null, 2);
    this.element = h("fieldset", { class: "field form-fields" }, h("legend", { class: "label" }, localized(info.label)), this.list,
      h("div", { class: "tools" }, this.add),
      h("details", { class: "form-schema" }, h("summary", {}, t("form.schema")), this.json, this.problem,
        h("div", { class: "tools" },
          h("button", { type: "button", class: "tool small", onclick: () => this.take(this.json.value) }, t("form.schema.use")),
          h("button", { type: "button", class: "tool small", onclick: () => this.open() }, icon(...ICONS.upload), t("form.schema.open")),
          copyButton(t("form.copy"), schema),
          h("button", { type: "button", class: "tool small", onclick: () => download("form.schema.json", `${schema()}\n`, "application/json") }, icon(...ICONS.download), t("form.download")))));
    this.show(this.start);
  }

  payload(): unknown {
    return this.check() ? schemaOf(this.fields()) : { properties: Object.fromEntries(this.rows.map((row, index) => [String(index), { title: row.field.title }])) };
  }

  draft(): unknown {
    return { fields: this.rows.map((row) => row.field), json: this.json.value };
  }

  /** A schema (of an example), or a draft. */
  show(value: unknown): void {
    const draft = value as { fields?: Field[]; json?: string } | null;
    try {
      const fields = draft?.fields ?? fieldsOf(JSON.stringify(value));
      this.set(fields);
    } catch {
      this.set([]);
    }
    if (draft?.fields && draft.json) this.json.value = draft.json;
  }

  private fields(): Field[] {
    return this.rows.map((row) => row.field).filter((field) => field.title.trim() !== "");
  }

  private set(fields: Field[]): void {
    this.rows = fields.slice(0, this.most).map((field) => this.row(field));
    this.list.replaceChildren(...this.rows.map((row) => row.element));
    this.json.value = JSON.stringify(schemaOf(this.fields()), null, 2);
    this.check();
  }

  private row(field: Field): FieldRow {
    const row: FieldRow = new FieldRow(field, () => this.changed(), () => {
      const index = this.rows.indexOf(row);
      this.rows.splice(index, 1);
      row.element.remove();
      this.changed();
      (this.rows[Math.min(index, this.rows.length - 1)] ?? { focus: () => this.add.focus() }).focus();
    });
    return row;
  }

  private append(): void {
    const row = this.row({ name: "", title: "", kind: "text", choices: [], required: false });
    this.rows.push(row);
    this.list.append(row.element);
    this.changed();
    row.focus();
  }

  private changed(): void {
    this.json.value = JSON.stringify(schemaOf(this.fields()), null, 2);
    this.check();
    this.onchange(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onchange(true), PAUSE);
  }

  /** Says beside each field what is wrong with it; whether all are right. */
  private check(): boolean {
    const names = new Map<string, number>();
    for (const field of this.fields()) names.set(nameOf(field), (names.get(nameOf(field)) ?? 0) + 1);
    let right = true;
    for (const row of this.rows) {
      const { field } = row;
      const problem = field.title.trim() === "" ? "" : names.get(nameOf(field))! > 1 ? t("form.twice") : field.kind === "choice" && field.choices.length === 0 ? t("form.choices.none") : "";
      row.say(problem);
      right &&= problem === "";
    }
    this.add.disabled = this.rows.length >= this.most;
    return right;
  }

  /** A schema in place of the list; one that is no form leaves the list as it is, and says why. */
  private take(text: string): void {
    this.problem.hidden = true;
    try {
      const fields = fieldsOf(text);
      if (fields.length === 0 || fields.length > this.most) throw new NoForm("object");
      this.set(fields);
      this.onchange(true);
    } catch (error) {
      const { reason, place } = error instanceof NoForm ? error : new NoForm("json");
      this.problem.textContent = t(`form.schema.${reason}`, { place, most: this.most });
      this.problem.hidden = false;
    }
  }

  private open(): void {
    const input = h("input", { type: "file", accept: ".json,application/json" });
    input.addEventListener("change", () => input.files?.[0] && void this.read(input.files[0]));
    input.click();
  }

  private async read(file: File): Promise<void> {
    try {
      if (file.size > LONGEST_FILE) throw new NoForm("json");
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
      this.json.value = text;
      this.take(text);
    } catch {
      this.problem.textContent = t("form.schema.json", { place: "$", most: this.most });
      this.problem.hidden = false;
    }
  }
}
