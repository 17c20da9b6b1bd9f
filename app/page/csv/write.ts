/** A table as a CSV file that spreadsheets open: UTF-8 with its mark, CRLF, and nothing in it that they would compute. */

export type Cell = string | number | null;

/** RFC 4180, with the byte order mark by which spreadsheets know UTF-8. */
export function csvOf(header: string[], rows: Iterable<Cell[]>): string {
  const lines = [header.map(quoted).join(",")];
  for (const row of rows) lines.push(row.map(quoted).join(","));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** What would begin a formula in a spreadsheet, also in full width or behind spaces (OWASP, "CSV Injection"). */
const FORMULA = /^[\t\r\n]|^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/;
/** Plain numbers begin with a sign, too, and do no harm. */
const NUMBER = /^\s*[+-]?(\d+([.,]\d*)*|[.,]\d+)(e[+-]?\d+)?\s*%?\s*$/i;

/** An apostrophe in front makes a spreadsheet show the text as it is. */
export function harmless(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}

function quoted(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const text = harmless(cell);
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands a text to the visitor as a file. */
export function download(name: string, text: string, type = "text/csv"): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
