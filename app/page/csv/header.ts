/**
 * The names of a CSV file's columns, to choose from before Python has read it. The rules are those of
 * `wardian/preprocessing/csv_table.py`, which alone decides; a test holds the two together.
 */

const DELIMITERS = [",", ";", "\t", "|"];

/** Column names of the first line that is not empty; none where there is nothing to be read. */
export function headerOf(start: Uint8Array): string[] {
  const line = firstLine(decoded(start).replace(/^\ufeff/, ""));
  const delimiter = DELIMITERS.reduce((best, each) => (count(line.split("\n")[0]!, each) > count(line.split("\n")[0]!, best) ? each : best));
  return fields(line, delimiter).map((name) => name.trim()).filter((name) => name !== "");
}

/** The start of a file as text; it may end within a character. */
export function decoded(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes, { stream: true });
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes, { stream: true });
  const others = isPaired(bytes) ? ["gb18030", "windows-1252"] : ["windows-1252", "gb18030"];
  for (const encoding of ["utf-8", ...others]) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
      if (encoding !== "windows-1252" || !UNUSED.test(text)) return text;
    } catch {
      // It is in another one.
    }
  }
  return "";
}

/** Browsers read the bytes that Windows-1252 does not use as these. */
const UNUSED = /[\x81\x8d\x8f\x90\x9d]/;

/** Whether most bytes above ASCII stand beside another one, as in Chinese text; in Western text they stand alone. */
function isPaired(bytes: Uint8Array): boolean {
  let high = 0;
  let paired = 0;
  bytes.forEach((byte, place) => {
    if (byte < 0x80) return;
    high++;
    if ((bytes[place - 1] ?? 0) >= 0x80 || (bytes[place + 1] ?? 0) >= 0x80) paired++;
  });
  return 2 * paired > high;
}

/** The first line with something in it; a quoted field may go on over the line's end. */
function firstLine(text: string): string {
  const start = text.search(/[^\r\n]*\S[^\r\n]*/);
  if (start < 0) return "";
  let quoted = false;
  for (let place = start; place < text.length; place++) {
    if (text[place] === '"') quoted = !quoted;
    else if (!quoted && (text[place] === "\n" || text[place] === "\r")) return text.slice(start, place);
  }
  return text.slice(start);
}

function fields(line: string, delimiter: string): string[] {
  const found = [""];
  let quoted = false;
  for (let place = 0; place < line.length; place++) {
    const [letter, last] = [line[place]!, found.length - 1];
    if (quoted && letter === '"' && line[place + 1] === '"') {
      found[last] += letter;
      place++;
    } else if (letter === '"' && (quoted || found[last] === "")) quoted = !quoted;
    else if (!quoted && letter === delimiter) found.push("");
    else found[last] += letter;
  }
  return found;
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}
