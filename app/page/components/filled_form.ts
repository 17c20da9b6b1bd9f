/**
 * A form that was filled in from a text. Each field can be corrected, shows the place in the text that it came from, and says what
 * is wrong with it; below stands the JSON that all of them make.
 */

import type { ComponentInfo } from "../../shared/site";
import { copyButton } from "../copy_button";
import { download } from "../csv/write";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";
import { type Kind, shownTitle } from "./form/schema";

interface Filled {
  name: string;
  title: string;
  titles?: Record<string, string>;
  kind: Kind;
  choices: string[];
  required: boolean;
  /** Undefined or null where the text does not say. */
  value?: string | number | null;
  start: number;
  end: number;
}

interface Payload {
  fields: Filled[];
  /** What the visitor wrote, by name; kept here so that another view of the same answer, or the page anew, shows it, too. */
  edits?: Record<string, string>;
}

type Control = HTMLInputElement | HTMLSelectElement;

const INPUT_TYPES: Partial<Record<Kind, string>> = { date: "date", email: "email", phone: "tel" };

export class FilledFormOutput implements OutputComponent {
  readonly element: HTMLElement;
  onpoint: (start: number, end: number) => void = () => undefined;
  onwork = (): void => undefined;

  private readonly rows = h("div", { class: "filled-rows" });
  private readonly summary = h("p", { class: "note filled-summary", "aria-live": "polite" });
  private readonly json = h("pre", { class: "filled-json", tabindex: 0 });
  private payload: Payload | undefined;
  private controls = new Map<string, { control: Control; note: HTMLElement }>();

  constructor(info: ComponentInfo) {
    const text = () => this.json.textContent ?? "";
    this.element = h("div", { class: "filled-form", role: "group", "aria-label": localized(info.label) }, h("p", { class: "label" }, localized(info.label)), this.summary, this.rows,
      h("div", { class: "filled-result" }, h("p", { class: "label" }, "JSON"), this.json,
        h("div", { class: "tools" }, copyButton(t("form.copy"), text),
          h("button", { type: "button", class: "tool small", onclick: () => download("form.json", `${text()}\n`, "application/json") }, icon(...ICONS.download), t("form.download")))));
    this.clear();
  }

  /** Comes again after each field: one that the visitor is writing in stays as it is. */
  show(value: unknown): void {
    const payload = value as Payload;
    const same = this.payload && payload.fields.length > this.payload.fields.length && this.payload.fields.every((field, index) => field.name === payload.fields[index]!.name);
    payload.edits ??= same ? this.payload!.edits! : {};
    this.payload = payload;
    this.element.hidden = false;
    const writing = this.rows.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["name"] : undefined;
    const kept = same && writing !== undefined ? this.controls.get(writing) : undefined;
    const before = this.controls;
    this.controls = new Map();
    const elements = payload.fields.map((field) => {
      const old = before.get(field.name);
      if (kept && field.name === writing) {
        this.controls.set(field.name, kept);
        return kept.control.closest<HTMLElement>(".filled-row")!;
      }
      if (same && old && field.name in payload.edits!) {
        this.controls.set(field.name, old);
        return old.control.closest<HTMLElement>(".filled-row")!;
      }
      return this.row(field);
    });
    // Nodes that stay are not taken out, or they would lose the caret.
    elements.forEach((element, index) => {
      const there = this.rows.children[index];
      if (there !== element) this.rows.insertBefore(element, there ?? null);
    });
    while (this.rows.children.length > elements.length) this.rows.lastElementChild!.remove();
    this.written();
    if (Object.keys(payload.edits).length > 0) this.onwork();
  }

  clear(): void {
    this.payload = undefined;
    this.controls = new Map();
    this.element.hidden = true;
    this.rows.replaceChildren();
    this.json.textContent = "";
  }

  private row(field: Filled): HTMLElement {
    const id = `filled-${field.name}`;
    const control = this.control(field, id);
    const edit = this.payload!.edits![field.name];
    control.value = edit ?? String(field.value ?? "");
    control.addEventListener("input", () => {
      this.payload!.edits![field.name] = control.value;
      this.written();
      this.onwork();
    });
    const note = h("p", { class: "note", id: `${id}-note` });
    control.setAttribute("aria-describedby", note.id);
    control.dataset["name"] = field.name;
    this.controls.set(field.name, { control, note });
    const where = field.end > field.start && h("button", { type: "button", class: "tool small", onclick: () => this.onpoint(field.start, field.end) }, t("form.where"));
    control.classList.toggle("alone", !where);
    return h("div", { class: "filled-row" }, h("label", { class: "label", for: id }, shownTitle(field), field.required && h("span", { class: "filled-star", "aria-hidden": "true" }, " *")), control, where, note);
  }

  private control(field: Filled, id: string): Control {
    if (field.kind === "choice") return h("select", { id, class: "select" }, ...["", ...field.choices].map((value) => h("option", { value }, value)));
    const mode = field.kind === "number" ? "decimal" : field.kind === "integer" ? "numeric" : undefined;
    return h("input", { id, class: "text", type: INPUT_TYPES[field.kind] ?? "text", inputmode: mode, autocomplete: "off", dir: "auto" });
  }

  /** Notes beside the fields, and the JSON, of what stands in them now. */
  private written(): void {
    const { fields, edits } = this.payload!;
    const result: Record<string, unknown> = {};
    let [found, wrong] = [0, 0];
    for (const field of fields) {
      const { control, note } = this.controls.get(field.name)!;
      const value = valueOf(field, control);
      const edited = field.name in edits!;
      const empty = control.value.trim() === "";
      found += Number(!empty);
      const problem = value === undefined ? t(`form.wrong.${field.kind}`) : empty && field.required ? t("form.missing") : "";
      wrong += Number(problem !== "");
      note.textContent = problem || (edited ? t("form.edited") : empty ? t("form.unsaid") : "");
      note.classList.toggle("over", problem !== "");
      control.toggleAttribute("aria-invalid", problem !== "");
      // What is empty is left out, except where the schema wants it.
      if (value !== undefined && (value !== null || field.required)) result[field.name] = value;
    }
    this.summary.textContent = t(wrong ? "form.summary.wrong" : "form.summary", { found, count: fields.length, wrong });
    this.json.textContent = JSON.stringify(result, null, 2);
  }
}

/** What stands in a field as a value of its kind; null for nothing, undefined for what is no such value. */
function valueOf(field: Filled, control: Control): string | number | null | undefined {
  const text = control.value.trim();
  // A browser hides the text of half a date.
  if (text === "") return control.validity.badInput ? undefined : null;
  if (field.kind === "number" || field.kind === "integer") {
    const number = Number(text);
    return Number.isFinite(number) && /^[-+]?[\d.]+$/.test(text) && (field.kind === "number" || Number.isInteger(number)) ? number : undefined;
  }
  return control.validity.valid ? text : undefined;
}
