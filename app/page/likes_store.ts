/** What a visitor likes: kept in this browser alone, under one key for each task, and erased with it. */

export type Judgement = [title: string, liked: boolean];

export interface OwnList {
  name: string;
  /** The CSV file as it is. */
  base64: string;
}

interface Kept {
  /** On the items of the site's catalogue, the oldest first. */
  judgements: Judgement[];
  /** A list of the visitor's own, and what was said of its items. */
  own: (OwnList & { judgements: Judgement[] }) | null;
}

const NOTHING = (): Kept => ({ judgements: [], own: null });

export class LikesStore {
  private kept: Kept = NOTHING();
  /** False where the browser keeps nothing, or not so much: then it is there until the page is closed. */
  isKept = true;

  constructor(readonly name: string) {
    this.read();
  }

  get key(): string {
    return `wardian.likes.${this.name}`;
  }

  /** Looks again at what is kept: another tab may have changed it. */
  read(): void {
    try {
      const text = localStorage.getItem(this.key);
      this.kept = text === null ? NOTHING() : valid(JSON.parse(text));
    } catch {
      this.kept = NOTHING();
    }
  }

  get own(): OwnList | null {
    return this.kept.own && { name: this.kept.own.name, base64: this.kept.own.base64 };
  }

  /** Of the list that is in use. */
  get judgements(): Judgement[] {
    return (this.kept.own ?? this.kept).judgements;
  }

  set judgements(judgements: Judgement[]) {
    (this.kept.own ?? this.kept).judgements = judgements;
    this.write();
  }

  use(own: OwnList | null): void {
    this.kept.own = own && { ...own, judgements: [] };
    this.write();
  }

  /** Erases all of it: the key itself is gone, and so is what the tab kept of the form. */
  forget(): void {
    this.kept = NOTHING();
    this.isKept = true;
    try {
      localStorage.removeItem(this.key);
      sessionStorage.removeItem(`wardian.draft.${this.name}`);
    } catch {
      // Nothing could be kept in the first place.
    }
  }

  private write(): void {
    try {
      if (this.kept.judgements.length === 0 && this.kept.own === null) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify(this.kept));
      this.isKept = true;
    } catch {
      this.isKept = false;
    }
  }
}

/** What is kept may have been written by another version, or by hand. */
function valid(value: unknown): Kept {
  const given = value as Partial<Kept> | null;
  const own = given?.own;
  return {
    judgements: judged(given?.judgements),
    own: typeof own?.name === "string" && typeof own.base64 === "string"
      ? { name: own.name, base64: own.base64, judgements: judged(own.judgements) } : null,
  };
}

function judged(value: unknown): Judgement[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is Judgement => Array.isArray(each) && typeof each[0] === "string" && typeof each[1] === "boolean");
}
