/** A button that copies a text, and says for a moment that it did. */

import { h } from "./dom";
import { t } from "./i18n";

/** Milliseconds. */
const MOMENT = 1_500;

export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = h("button", { type: "button", class: "tool small", onclick: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = t("copy.done");
    } catch {
      // No permission: the text is there to be copied by hand.
      button.textContent = t("copy.failed");
    }
    setTimeout(() => (button.textContent = label), MOMENT);
  } }, label);
  return button;
}
