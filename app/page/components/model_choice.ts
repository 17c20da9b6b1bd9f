/** One of the site's models that have a certain file, or such a file of the visitor's own, chosen or dropped. */

import type { ComponentInfo } from "../../shared/site";
import { site } from "../app_runtime";
import { h, icon, ICONS } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";

/** The value of the list's entry for the visitor's own file. */
const OWN = "";

export class ModelChoice implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  readonly optional = true;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly list: HTMLSelectElement;
  private readonly kind: string;
  private own: { file: Uint8Array; name: string } | undefined;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.kind = String(info["file"]);
    const id = `input-${info.name}`;
    const models = Object.values(site.models).filter(({ files }) => files.some(({ path }) => path === this.kind));
    this.list = h("select", { id, class: "select" },
      ...models.map((model) => h("option", { value: model.id, selected: model.id === info["default"] }, model.id)));
    this.list.addEventListener("change", () => this.onchange(true));
    this.element = h("div", { class: "field" },
      h("label", { class: "label", for: id }, localized(info.label)),
      h("div", { class: "tools" }, this.list,
        h("button", { type: "button", class: "tool", onclick: () => this.pick() }, icon(...ICONS.upload), t("choice.open", { file: this.kind }))));
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      void this.use(file);
    });
  }

  payload(): unknown {
    return this.list.value === OWN && this.own ? this.own : { model: this.list.value };
  }

  /** A file of one's own is not kept across a reload: only its page has it. */
  draft(): unknown {
    return this.list.value === OWN ? null : { model: this.list.value };
  }

  carry(): unknown {
    return { model: this.list.value, own: this.own };
  }

  show(value: unknown): void {
    const { model, own } = (value ?? {}) as { model?: unknown; own?: { file: Uint8Array; name: string } };
    if (own) this.offer(own);
    if ([...this.list.options].some((option) => option.value === model)) this.list.value = String(model);
  }

  private pick(): void {
    const input = h("input", { type: "file", accept: `.${this.kind.split(".").pop()}` });
    input.addEventListener("change", () => input.files?.[0] && void this.use(input.files[0]));
    input.click();
  }

  private async use(file: File): Promise<void> {
    this.offer({ file: new Uint8Array(await file.arrayBuffer()), name: file.name });
    this.list.value = OWN;
    this.onchange(true);
  }

  /** Puts the visitor's own file into the list. */
  private offer(own: { file: Uint8Array; name: string }): void {
    this.own = own;
    const entry = [...this.list.options].find((option) => option.value === OWN) ?? h("option", { value: OWN });
    entry.textContent = own.name;
    this.list.append(entry);
  }
}
