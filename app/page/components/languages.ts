/** From which language into which. What there is to choose from, the opened model says; one that has a single pair is told none. */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import { languageName } from "../language_names";
import { readSetting } from "../settings";
import type { InputComponent } from "./component";

/** `TranslationPipeline.offers`: any two of these codes, these pairs, or into one of these. */
interface Offered {
  codes?: string[];
  pairs?: [source: string, target: string][];
  targets?: string[];
}

interface Pair {
  source: string | null;
  target: string | null;
}

export class Languages implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  /** Alone it is nothing to run on. */
  readonly optional = true;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly source: HTMLSelectElement;
  private readonly target: HTMLSelectElement;
  private readonly swapButton: HTMLButtonElement;
  private readonly row: HTMLElement;
  private readonly note = h("p", { class: "note" });
  private offered: Offered = {};
  /** What is wanted as soon as there is a model that has it. */
  private wanted: Pair = { source: null, target: null };

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.source = this.select("languages.from", () => this.chose("source"));
    this.target = this.select("languages.into", () => this.chose("target"));
    this.swapButton = h("button", { type: "button", class: "tool", "aria-label": t("languages.swap"), title: t("languages.swap"), onclick: () => this.swap() }, "⇄");
    this.row = h("div", { class: "language-row" }, this.source, this.swapButton, this.target);
    this.element = h("div", { class: "field languages-input" }, h("span", { class: "label" }, localized(info.label)), this.row, this.note);
    this.draw(null);
  }

  opened(own: string | null, offers: Record<string, unknown>): void {
    this.offered = (offers["languages"] as Offered | undefined) ?? {};
    this.draw(own);
  }

  payload(): Pair {
    const value = ({ value, hidden }: HTMLSelectElement) => (this.row.hidden || hidden ? null : value || null);
    return { source: value(this.source), target: value(this.target) };
  }

  draft(): Pair {
    return this.wanted;
  }

  show(value: unknown): void {
    const pair = value as Partial<Pair> | null;
    if (!pair?.target) return;
    this.wanted = { source: pair.source ?? null, target: pair.target };
    this.fill();
  }

  private chose(side: "source" | "target"): void {
    this.wanted = { ...this.payload(), [side]: this[side].value };
    this.fill();
    this.onchange(true);
  }

  private swap(): void {
    const { source, target } = this.payload();
    this.wanted = { source: target, target: source };
    this.fill();
    this.onchange(true);
  }

  private draw(own: string | null): void {
    this.source.hidden = this.swapButton.hidden = this.sources().length === 0;
    this.row.hidden = this.source.hidden && !this.offered.targets;
    this.note.textContent = own === null ? t("languages.no_model") : this.row.hidden ? t("languages.fixed") : "";
    this.note.hidden = this.note.textContent === "";
    this.fill();
  }

  /** Shows what is wanted as far as the model has it. */
  private fill(): void {
    const sources = this.sources();
    const source = choose(sources, this.wanted.source, "en");
    const targets = this.targets(source);
    const target = choose(targets, this.wanted.target, readSetting("language") === "zh" ? "zh" : "de");
    options(this.source, sources, source);
    options(this.target, targets, target);
    this.swapButton.disabled = !sources.includes(target) || !this.targets(target).includes(source);
  }

  private sources(): string[] {
    return this.offered.codes ?? [...new Set((this.offered.pairs ?? []).map(([source]) => source))];
  }

  private targets(source: string): string[] {
    if (this.offered.targets) return this.offered.targets;
    if (this.offered.codes) return this.offered.codes.filter((code) => code !== source);
    return (this.offered.pairs ?? []).filter(([from]) => from === source).map(([, target]) => target);
  }

  private select(label: string, onchange: () => void): HTMLSelectElement {
    return h("select", { class: "text", "aria-label": t(label), onchange });
  }
}

/** The wanted code, else one of the usual language, else the first. */
function choose(codes: string[], wanted: string | null, usual: string): string {
  return codes.find((code) => code === wanted) ?? codes.find((code) => code.split("_")[0]!.startsWith(usual)) ?? codes[0] ?? "";
}

function options(field: HTMLSelectElement, codes: string[], chosen: string): void {
  const named = codes.map((code) => ({ code, name: nameOf(code) })).sort((a, b) => a.name.localeCompare(b.name));
  field.replaceChildren(...named.map(({ code, name }) => h("option", { value: code, selected: code === chosen }, name)));
  field.value = chosen;
}

/** "German (de)": the name in the page's language, and the code that tells variants apart. */
function nameOf(code: string): string {
  const [base = code] = code.split("_");
  const name = languageName(base);
  return name ? `${name} (${code})` : code;
}
