/** The fields of a form as a JSON schema, and back: what Python takes (`preprocessing/form_schema.py`). */

import { readSetting } from "../../settings";

export type Kind = "text" | "number" | "integer" | "date" | "time" | "email" | "phone" | "choice";

export interface Field {
  /** The name in the JSON; empty for one made of the title. */
  name: string;
  title: string;
  /** What the page calls it in other languages; the model reads `title`. */
  titles?: Record<string, string>;
  kind: Kind;
  choices: string[];
  required: boolean;
}

/** What the page calls a field. */
export function shownTitle({ title, titles }: { title: string; titles?: Record<string, string> | undefined }): string {
  return titles?.[readSetting("language")] ?? title;
}

type Words = Record<string, unknown>;

/** What JSON schema says for a kind; a choice is an `enum`. */
const WORDS: Record<Exclude<Kind, "choice">, { type: string; format?: string }> = {
  text: { type: "string" }, number: { type: "number" }, integer: { type: "integer" }, date: { type: "string", format: "date" },
  time: { type: "string", format: "x-time" }, email: { type: "string", format: "email" }, phone: { type: "string", format: "x-phone" },
};

export const KINDS: Kind[] = ["text", "number", "integer", "date", "time", "email", "phone", "choice"];

/** A name for the JSON: the title in small letters, with underscores. */
export function nameOf(field: Field): string {
  return field.name || field.title.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "") || field.title.trim();
}

export function schemaOf(fields: Field[]): Words {
  const properties: Words = {};
  for (const field of fields) {
    const words = field.kind === "choice" ? { enum: field.choices } : WORDS[field.kind];
    properties[nameOf(field)] = { ...words, title: field.title.trim(), ...(field.titles ? { "x-title": field.titles } : {}) };
  }
  return { type: "object", properties, required: fields.filter((field) => field.required).map(nameOf), additionalProperties: false };
}

/** Why a schema is no form; `place` is where in it. */
export class NoForm extends Error {
  constructor(readonly reason: "json" | "object" | "kind", readonly place = "$") {
    super(`${reason} at ${place}`);
  }
}

/** The fields of a schema. What a list cannot show is refused with its place; Python looks at the rest. */
export function fieldsOf(text: string): Field[] {
  let schema: Words;
  try {
    schema = JSON.parse(text) as Words;
  } catch {
    throw new NoForm("json");
  }
  const properties = schema?.["properties"];
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) throw new NoForm("object");
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(properties as Words).map(([name, part]) => ({ ...fieldOf(part, `$.properties.${name}`), name, title: titleOf(part, name), ...titlesOf(part), required: required.includes(name) }));
}

function titleOf(part: unknown, name: string): string {
  const title = (part as Words)["title"];
  return typeof title === "string" && title.trim() !== "" ? title : name;
}

function titlesOf(part: unknown): Pick<Field, "titles"> {
  const titles = (part as Words)["x-title"];
  const known = typeof titles === "object" && titles !== null && Object.values(titles).every((one) => typeof one === "string" && one.trim() !== "");
  return known ? { titles: titles as Record<string, string> } : {};
}

function fieldOf(part: unknown, place: string): Pick<Field, "kind" | "choices"> {
  if (typeof part !== "object" || part === null) throw new NoForm("kind", place);
  const { enum: choices, type, format } = part as Words;
  if (choices !== undefined) {
    const texts = Array.isArray(choices) ? choices.filter((one) => one !== null) : [];
    if (texts.length === 0 || !texts.every((one) => typeof one === "string")) throw new NoForm("kind", place);
    return { kind: "choice", choices: texts };
  }
  const types = (Array.isArray(type) ? type : [type]).filter((one) => one !== "null");
  const kind = KINDS.find((one) => one !== "choice" && types.length === 1 && WORDS[one].type === types[0] && WORDS[one].format === format);
  if (!kind) throw new NoForm("kind", place);
  return { kind, choices: [] };
}
