/** How answers are chosen, in plain words with the technical name beside them. Kept on the device for all conversations. */

import { h } from "../../dom";
import { t } from "../../i18n";
import { readKept, writeKept } from "../../settings";

export interface SamplingSettings {
  do_sample: boolean;
  temperature: number;
  top_p: number;
  top_k: number;
  repetition_penalty: number;
  max_new_tokens: number;
  /** Python's None arrives as undefined. */
  seed?: number | null;
}

type NumberName = Exclude<keyof SamplingSettings, "do_sample">;

/** The step of a slider, its end where that is below what Python takes, and whether it matters without chance. */
const SLIDERS: { name: NumberName; step: number; most?: number; always?: true }[] = [
  { name: "temperature", step: 0.05 },
  { name: "top_p", step: 0.05 },
  { name: "top_k", step: 1, most: 200 },
  { name: "repetition_penalty", step: 0.05, always: true },
  { name: "max_new_tokens", step: 16, most: 2048, always: true },
];
const KEY = "chat.settings";

export class Sampling {
  readonly element: HTMLElement;
  private settings: SamplingSettings;
  private readonly drawn: (() => void)[] = [];

  constructor(private readonly defaults: SamplingSettings, private readonly ranges: Record<string, [number, number]>) {
    this.settings = this.valid(readKept(KEY));
    const reset = h("button", { type: "button", class: "tool small", onclick: () => this.set({ ...defaults }) }, t("chat.sampling.reset"));
    this.element = h("fieldset", { class: "sampling" }, h("legend", {}, t("chat.sampling")), this.chance(), ...SLIDERS.map((slider) => this.slider(slider)), this.seed(), reset);
    this.draw();
  }

  get(): SamplingSettings {
    return { ...this.settings, seed: this.settings.seed ?? null };
  }

  private set(changed: Partial<SamplingSettings>): void {
    this.settings = { ...this.settings, ...changed };
    writeKept(KEY, this.settings);
    this.draw();
  }

  private draw(): void {
    this.drawn.forEach((draw) => draw());
  }

  /** What another version has kept may lie outside of what this one takes. */
  private valid(kept: unknown): SamplingSettings {
    const settings: Record<string, unknown> = { ...this.defaults };
    for (const [name, value] of Object.entries((kept ?? {}) as Record<string, unknown>)) {
      const [lowest, highest] = this.ranges[name] ?? [0, -1];
      if (typeof value === "number" && value >= lowest && value <= highest) settings[name] = value;
      if (name === "do_sample" && typeof value === "boolean") settings[name] = value;
    }
    return settings as unknown as SamplingSettings;
  }

  private chance(): HTMLElement {
    const box = h("input", { type: "checkbox", "aria-describedby": "chat-do_sample-hint" });
    box.addEventListener("change", () => this.set({ do_sample: box.checked }));
    this.drawn.push(() => (box.checked = this.settings.do_sample));
    return h("div", { class: "sampling-row" }, h("label", { class: "check" }, box, t("chat.do_sample")), hint("do_sample"));
  }

  private slider({ name, step, most, always }: (typeof SLIDERS)[number]): HTMLElement {
    const [lowest, highest] = this.ranges[name]!;
    const id = `chat-${name}`;
    const max = Math.min(highest, most ?? highest);
    const field = h("input", { id, type: "range", min: lowest, max, step: name === "max_new_tokens" ? 1 : step, "aria-describedby": `${id}-hint` });
    const shown = h("output", { for: id });
    // Whole steps from the first one on, although the range begins with a single token.
    field.addEventListener("input", () => this.set({ [name]: Math.max(lowest, round(field.valueAsNumber, step)) }));
    this.drawn.push(() => {
      const value = Number(this.settings[name]);
      if (document.activeElement !== field || name !== "max_new_tokens") field.value = String(value);
      shown.textContent = name === "top_k" && value === 0 ? t("chat.top_k.all") : value.toLocaleString(document.documentElement.lang);
      field.disabled = !always && !this.settings.do_sample;
    });
    return h("div", { class: "sampling-row" }, h("label", { for: id }, t(`chat.${name}`)), field, shown, hint(name));
  }

  private seed(): HTMLElement {
    const field = h("input", { id: "chat-seed", class: "text short", type: "text", inputmode: "numeric", autocomplete: "off", placeholder: t("chat.seed.none"), "aria-describedby": "chat-seed-hint" });
    field.addEventListener("input", () => {
      const digits = field.value.trim();
      const [lowest, highest] = this.ranges["seed"]!;
      const fits = /^\d+$/.test(digits) && Number(digits) >= lowest && Number(digits) <= highest;
      field.setAttribute("aria-invalid", String(digits !== "" && !fits));
      if (digits === "" || fits) this.set({ seed: digits === "" ? null : Number(digits) });
    });
    this.drawn.push(() => {
      if (document.activeElement !== field) field.value = this.settings.seed === null || this.settings.seed === undefined ? "" : String(this.settings.seed);
      field.disabled = !this.settings.do_sample;
    });
    return h("div", { class: "sampling-row" }, h("label", { for: "chat-seed" }, t("chat.seed")), field, hint("seed"));
  }
}

/** Plain words, and the name that others use. */
function hint(name: keyof SamplingSettings): HTMLElement {
  return h("p", { class: "note", id: `chat-${name}-hint` }, `${t(`chat.${name}.hint`)} `, h("code", {}, name));
}

function round(value: number, step: number): number {
  return Math.round(Math.round(value / step) * step * 1000) / 1000;
}
