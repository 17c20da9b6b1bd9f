/**
 * A file, picked or dropped. Of one of any size its two ends are read here and go to Python, nothing else of it does;
 * where the component has a limit of its size, all of it is read.
 */

import { errorFrom } from "../../shared/errors";
import type { ComponentInfo } from "../../shared/site";
import { h } from "../dom";
import { localized, t } from "../i18n";
import type { InputComponent } from "./component";
import { DropPlace } from "./drop_place";

interface Ends {
  name: string;
  size: number;
  head: Uint8Array;
  tail: Uint8Array;
}

/** What an example holds. */
interface Example {
  name: string;
  base64: string;
}

interface Whole {
  name: string;
  content: Uint8Array;
}

type Given = Ends | Whole | Example;

export class FileInput implements InputComponent {
  readonly name: string;
  readonly element: HTMLElement;
  onchange: (complete: boolean) => void = () => undefined;

  private readonly ends: number;
  /** Bytes of a file that is read whole; 0: only the ends are. */
  private readonly most: number;
  private readonly place: DropPlace;
  private file: Given | null = null;
  /** The reading that is wanted: one that ends later than another was not asked for last. */
  private reading = 0;

  constructor(info: ComponentInfo) {
    this.name = info.name;
    this.ends = Number(info["ends"]);
    this.most = Number(info["max_bytes"] ?? 0);
    const hint = localized(info["hint"] as ComponentInfo["label"]);
    const texts = {
      choose: t("file.choose"),
      remove: t("file.remove"),
      hint: hint || t("file.drop", { bytes: this.ends.toLocaleString(document.documentElement.lang) }),
    };
    this.place = new DropPlace(`input-${info.name}`, texts, {
      use: (file) => void this.use(file),
      refuse: (reason) => this.refuse(reason),
      remove: () => this.take(null),
    });
    this.element = h("div", { class: "field" }, h("span", { class: "label" }, localized(info.label)), this.place.element, this.place.note);
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
    this.file = value as Given | null;
    this.place.removable = this.file !== null && this.most > 0;
    this.place.say(this.file ? t("file.chosen", { name: this.file.name, size: spelled(sizeOf(this.file)) }) : "");
  }

  /** Reads a file of the visitor's own. */
  async use(file: File): Promise<void> {
    const reading = ++this.reading;
    if (this.most && file.size > this.most) return this.refuse(t("file.large", { name: file.name, most: spelled(this.most) }));
    const length = Math.min(this.ends, file.size);
    try {
      if (this.most) {
        const content = await read(file, 0, file.size);
        if (reading === this.reading) this.take({ name: file.name, content });
        return;
      }
      const [head, tail] = await Promise.all([read(file, 0, length), read(file, file.size - length, file.size)]);
      if (reading !== this.reading) return;
      this.take({ name: file.name, size: file.size, head, tail });
    } catch (error) {
      if (reading === this.reading) this.refuse(t("file.unreadable", { name: file.name, reason: errorFrom(error).message }));
    }
  }

  private take(file: Given | null): void {
    this.show(file);
    this.onchange(true);
  }

  /** What was there before is not the answer to what was given now. */
  private refuse(reason: string): void {
    this.show(null);
    this.place.say(reason, true);
    this.onchange(true);
  }
}

async function read(file: File, start: number, end: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer());
}

function sizeOf(file: Given): number {
  if ("content" in file) return file.content.length;
  return "size" in file ? file.size : (file.base64.length / 4) * 3 - (file.base64.match(/=*$/)?.[0].length ?? 0);
}

/** A size in the largest unit of which there is at least one. */
function spelled(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit", unit: units[power]!, unitDisplay: power === 0 ? "long" : "short", maximumFractionDigits: 1,
  }).format(bytes / 1000 ** power);
}
