/** Values in a text of the page: `{name}`, or `{name|one|many}`, which has other words for 1; `#` in them is the value. */

const PLACE = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

export function filledIn(text: string, values: Record<string, string | number>): string {
  return text.replace(PLACE, (_, name: string, one: string | undefined, many: string) => {
    const value = String(values[name] ?? "");
    return one === undefined ? value : (value === "1" ? one : many).replaceAll("#", () => value);
  });
}
