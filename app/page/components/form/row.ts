/** One field of a form as the visitor makes it up: title, kind, choices, required. */

import { h, icon, ICONS } from "../../dom";
import { t } from "../../i18n";
import { type Field, type Kind, KINDS, shownTitle } from "./schema";

let rows = 0;

export class FieldRow {
  readonly element: HTMLElement;
  private readonly title: HTMLInputElement;
  private readonly kind: HTMLSelectElement;
  private readonly choices: HTMLInputElement;
  private readonly choiceField: HTMLElement;
  private readonly required = h("input", { type: "checkbox" });
  private readonly note = h("p", { class: "note over", hidden: true, role: "alert" });
  private name: string;
  /** What it is called in all languages, as long as the visitor calls it nothing else. */
  private titled: Pick<Field, "title" | "titles"> | undefined;

  constructor(field: Field, private readonly onchange: () => void, onremove: () => void) {
    const id = `form-field-${++rows}`;
    this.name = field.name;
    this.title = h("input", { id, class: "text", type: "text", autocomplete: "off", placeholder: t("form.title"), "aria-label": t("form.title"), maxlength: 80 });
    this.kind = h("select", { class: "select", "aria-label": t("form.kind") }, ...KINDS.map((kind) => h("option", { value: kind }, t(`form.kind.${kind}`))));
    this.choices = h("input", { class: "text", type: "text", autocomplete: "off", placeholder: t("form.choices.hint"), "aria-label": t("form.choices") });
    this.choiceField = h("div", { class: "form-choices" }, this.choices);
    this.title.value = shownTitle(field);
    this.titled = field.titles && { title: field.title, titles: field.titles };
    this.kind.value = field.kind;
    this.choices.value = field.choices.join(", ");
    this.required.checked = field.required;
    this.title.addEventListener("input", () => {
      // Another title is another field: its old name would say something else.
      this.name = "";
      this.titled = undefined;
      this.changed();
    });
    for (const each of [this.choices, this.required]) each.addEventListener("input", () => this.changed());
    this.kind.addEventListener("change", () => this.changed());
    const remove = h("button", { type: "button", class: "tool small", title: t("form.remove"), "aria-label": t("form.remove"), onclick: onremove }, icon(...ICONS.clear));
    this.element = h("li", { class: "form-row" }, this.title, this.kind, h("label", { class: "form-required" }, this.required, t("form.required")), remove, this.choiceField, this.note);
    this.showChoices();
  }

  get field(): Field {
    const kind = this.kind.value as Kind;
    const choices = kind === "choice" ? [...new Set(this.choices.value.split(/[,，、;；\n]/).map((one) => one.trim()).filter(Boolean))] : [];
    return { name: this.name, title: this.title.value, ...this.titled, kind, choices, required: this.required.checked };
  }

  focus(): void {
    this.title.focus();
  }

  /** What is wrong with it, if anything, beside it. */
  say(problem: string): void {
    this.note.textContent = problem;
    this.note.hidden = problem === "";
    this.title.toggleAttribute("aria-invalid", problem !== "");
  }

  private changed(): void {
    this.showChoices();
    this.onchange();
  }

  private showChoices(): void {
    this.choiceField.hidden = this.kind.value !== "choice";
  }
}
