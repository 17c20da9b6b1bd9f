/** What went wrong, in words, above the form; a traceback only behind "Details". */

import type { WireError } from "../shared/messages";
import { h } from "./dom";
import { said, t } from "./i18n";

export class ErrorPanel {
  readonly element = h("div", { class: "error", role: "alert", hidden: true });

  show(error: WireError): void {
    const input = error.kind === "InputError" || error.kind === "TensorError";
    this.element.dataset["kind"] = error.kind;
    this.element.replaceChildren(
      h("div", { class: "error-head" },
        h("strong", {}, t(input ? "error.input" : "error.title")),
        h("button", { type: "button", class: "close", "aria-label": t("error.close"), onclick: () => this.hide() }, "×")),
      h("p", {}, known(error, "message")),
      error.value ? h("p", { class: "note" }, t("error.value", { value: error.value })) : "",
      error.expected ? h("p", { class: "note" }, t("error.expected", { expected: said(error.expected) })) : "",
      error.received ? h("p", { class: "note" }, t("error.received", { received: said(error.received) })) : "",
      error.hint ? h("p", {}, known(error, "hint")) : "",
      error.details ? h("details", {}, h("summary", {}, t("error.details")), h("pre", {}, error.details)) : "",
    );
    this.element.hidden = false;
  }

  /** Scrolls to it, if there is something to read. */
  reveal(): void {
    if (!this.element.hidden) this.element.scrollIntoView({ block: "nearest" });
  }

  hide(): void {
    this.element.hidden = true;
  }
}

/** What the page itself can say of an error, in the visitor's language; else what the error says. */
function known(error: WireError, part: "message" | "hint"): string {
  const key = `error.${error.code ?? error.kind}.${part}`;
  const text = t(key, { value: error.value ?? "" });
  return text === key ? said(error[part] ?? "") : text;
}
