/**
 * Walks the protobuf of an ONNX file without reading its weights: whether it is whole, and which tensors lie in other
 * files ("external data"). Field numbers are those of onnx.proto.
 */

import { BlobBytes } from "./blob_bytes";

export interface ExternalTensor {
  name: string;
  location: string;
  offset: number;
  /** Undefined: up to the end of the file. */
  length: number | undefined;
}

/** Why the bytes are no ONNX model. */
export class NotOnnx extends Error {}

interface Message {
  start: number;
  end: number;
}

/** The messages inside of a message, by field number: what to do with each. */
type Fields = Record<number, (inner: Message) => void>;

/** Graphs within graphs (If, Loop) are few; more are an attack on the stack. */
const DEEPEST = 64;

/** Names, keys and values; a tensor's location is a path. */
const LONGEST_TEXT = 4096;

/** The tensors of a model that lie in other files. Throws `NotOnnx`. */
export function externalTensors(file: Blob): ExternalTensor[] {
  if (file.size === 0) throw new NotOnnx("an empty file");
  const walker = new Walker(new BlobBytes(file));
  walker.model({ start: 0, end: file.size });
  return walker.found;
}

class Walker {
  readonly found: ExternalTensor[] = [];
  private depth = 0;

  constructor(private readonly bytes: BlobBytes) {}

  model(message: Message): void {
    let graphs = 0;
    this.walk(message, { 7: (graph) => (graphs++, this.graph(graph)), 25: (body) => this.walk(body, { 7: (node) => this.node(node) }) });
    if (graphs === 0) throw new NotOnnx("no graph in it");
  }

  private graph(message: Message): void {
    if (++this.depth > DEEPEST) throw new NotOnnx(`graphs within graphs, more than ${DEEPEST}`);
    this.walk(message, { 1: (node) => this.node(node), 5: (tensor) => this.tensor(tensor), 15: (tensor) => this.sparse(tensor) });
    this.depth--;
  }

  private node(message: Message): void {
    const attribute: Fields = {
      5: (tensor) => this.tensor(tensor),
      10: (tensor) => this.tensor(tensor),
      22: (tensor) => this.sparse(tensor),
      6: (graph) => this.graph(graph),
      11: (graph) => this.graph(graph),
    };
    this.walk(message, { 5: (inner) => this.walk(inner, attribute) });
  }

  private sparse(message: Message): void {
    this.walk(message, { 1: (tensor) => this.tensor(tensor), 2: (tensor) => this.tensor(tensor) });
  }

  private tensor(message: Message): void {
    let name = "";
    const entries = new Map<string, string>();
    const external = this.walk(message, { 8: (text) => (name = this.text(text)), 13: (entry) => this.entry(entry, entries) });
    // Field 14, `data_location`, 1 for external.
    if (external !== 1) return;
    const length = entries.get("length");
    this.found.push({
      name,
      location: entries.get("location") ?? "",
      offset: Number(entries.get("offset") ?? 0),
      length: length === undefined ? undefined : Number(length),
    });
  }

  private entry(message: Message, entries: Map<string, string>): void {
    let key = "";
    let value = "";
    this.walk(message, { 1: (text) => (key = this.text(text)), 2: (text) => (value = this.text(text)) });
    entries.set(key, value);
  }

  private text({ start, end }: Message): string {
    if (end - start > LONGEST_TEXT) throw new NotOnnx(`a name of ${end - start} bytes`);
    return new TextDecoder().decode(this.bytes.at(start, end - start));
  }

  /** Calls what `fields` names for each inner message; returns the number in field 14, if there is one. */
  private walk({ start, end }: Message, fields: Fields): number | undefined {
    let number: number | undefined;
    for (let position = start; position < end; ) {
      const tag = this.varint(position, end);
      const [field, type] = [Math.floor(tag.value / 8), tag.value % 8];
      if (field === 0) throw new NotOnnx("bytes that are no protobuf");
      position = tag.next;
      if (type === 0) {
        const { value, next } = this.varint(position, end);
        if (field === 14) number = value;
        position = next;
      } else if (type === 2) {
        const { value, next } = this.varint(position, end);
        if (next + value > end) throw new NotOnnx(this.cutOff(next + value, end));
        fields[field]?.({ start: next, end: next + value });
        position = next + value;
      } else if (type === 1 || type === 5) {
        position += type === 1 ? 8 : 4;
        if (position > end) throw new NotOnnx(this.cutOff(position, end));
      } else throw new NotOnnx("bytes that are no protobuf");
    }
    return number;
  }

  private varint(position: number, end: number): { value: number; next: number } {
    const bytes = this.bytes.at(position, Math.min(10, end - position));
    let value = 0;
    for (let index = 0; index < bytes.byteLength; index++) {
      value += (bytes[index]! & 127) * 2 ** (7 * index);
      if (bytes[index]! < 128) return { value, next: position + index + 1 };
    }
    throw new NotOnnx(bytes.byteLength < 10 ? this.cutOff(position + 10, end) : "bytes that are no protobuf");
  }

  private cutOff(wanted: number, end: number): string {
    return end === this.bytes.size ? `only ${end} bytes: it ends before ${wanted}` : "bytes that are no protobuf";
  }
}
