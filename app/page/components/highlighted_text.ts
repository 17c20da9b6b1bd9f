/**
 * A text whose parts are marked by what they weigh. Pointing at one, or moving with the arrow keys, shows its number;
 * what weighs most stands below in words, so that nothing is told by colour alone.
 */

import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { OutputComponent } from "./component";

interface Payload {
  text: string;
  /** UTF-16 units of `text`; the parts do not overlap and are in order. */
  starts: number[];
  ends: number[];
  scores: number[];
}

/** Parts named below the text for either side. */
const NAMED = 5;

export class HighlightedTextOutput implements OutputComponent {
  readonly element: HTMLElement;
  private readonly text = h("div", { class: "marked-text", tabindex: 0, role: "group" });
  private readonly detail = h("p", { class: "note marked-detail", "aria-live": "polite" });
  private readonly named = h("dl", { class: "marked-named" });
  private readonly label: HTMLElement;
  private readonly low: string;
  private readonly high: string;
  private payload: Payload | undefined;
  private active = -1;

  constructor(info: ComponentInfo) {
    this.low = localized(info["low"] as ComponentInfo["label"]);
    this.high = localized(info["high"] as ComponentInfo["label"]);
    this.label = h("p", { class: "label" }, localized(info.label));
    this.text.setAttribute("aria-label", localized(info.label));
    this.element = h("div", { class: `marked-output alarming-${String(info["alarming"])}` }, this.label, this.text, this.detail, this.named);
    this.text.addEventListener("pointerover", (event) => this.point(indexOf(event.target)));
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.clear();
  }

  show(value: unknown): void {
    const payload = value as Payload;
    this.payload = payload;
    this.active = -1;
    this.element.hidden = false;
    this.text.replaceChildren(...pieces(payload));
    this.detail.textContent = payload.scores.length ? t("marked.hint") : "";
    this.named.replaceChildren(...this.side(this.high, 1), ...this.side(this.low, -1));
  }

  clear(): void {
    this.payload = undefined;
    this.element.hidden = true;
    this.text.replaceChildren();
    this.named.replaceChildren();
  }

  /** The different words that weigh most to one side, added up where they stand several times. */
  private side(name: string, sign: number): HTMLElement[] {
    const { text, starts, ends, scores } = this.payload!;
    const sums = new Map<string, number>();
    scores.forEach((score, index) => {
      const word = text.slice(starts[index], ends[index]).toLocaleLowerCase();
      // Marks weigh, too, but say little in a list.
      if (/[\p{L}\p{N}]/u.test(word)) sums.set(word, (sums.get(word) ?? 0) + score);
    });
    const words = [...sums].filter(([, sum]) => sum * sign > 0).sort(([, a], [, b]) => (b - a) * sign).slice(0, NAMED);
    if (words.length === 0) return [];
    return [h("dt", {}, name), h("dd", {}, words.map(([word, sum]) => `${word} ${signed(sum)}`).join(" · "))];
  }

  private point(index: number): void {
    const { payload } = this;
    if (!payload || index < 0 || index >= payload.scores.length) return;
    this.text.querySelector(".mark.active")?.classList.remove("active");
    const mark = this.text.querySelector<HTMLElement>(`[data-index="${index}"]`);
    mark?.classList.add("active");
    mark?.scrollIntoView({ block: "nearest" });
    this.active = index;
    const score = payload.scores[index]!;
    this.detail.textContent = t("marked.detail", {
      word: payload.text.slice(payload.starts[index], payload.ends[index]), score: signed(score), side: score < 0 ? this.low : this.high,
    });
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.point(Math.max(0, this.active + step));
  }
}

/** The text cut at its marks; the strongest mark is the fullest. */
function pieces({ text, starts, ends, scores }: Payload): (Node | string)[] {
  const most = Math.max(...scores.map(Math.abs), 1e-9);
  const made: (Node | string)[] = [];
  let done = 0;
  scores.forEach((score, index) => {
    if (starts[index]! > done) made.push(text.slice(done, starts[index]));
    const mark = h("span", { class: `mark ${score < 0 ? "low" : "high"}`, "data-index": index }, text.slice(starts[index], ends[index]));
    mark.style.setProperty("--strength", `${Math.round((Math.abs(score) / most) * 100)}%`);
    made.push(mark);
    done = ends[index]!;
  });
  if (done < text.length) made.push(text.slice(done));
  return made;
}

function signed(score: number): string {
  return `${score < 0 ? "−" : "+"}${Math.abs(score).toFixed(2)}`;
}

function indexOf(target: EventTarget | null): number {
  const index = (target as HTMLElement | null)?.closest<HTMLElement>("[data-index]")?.dataset["index"];
  return index === undefined ? -1 : Number(index);
}
