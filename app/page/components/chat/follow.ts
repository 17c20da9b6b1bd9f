/** A box that shows its end while it grows, unless the visitor has scrolled up to read. */

import { h } from "../../dom";
import { t } from "../../i18n";

/** Pixels from the end that still count as the end. */
const NEAR = 48;

export class Follow {
  /** Leads back to the end. */
  readonly button = h("button", { type: "button", class: "chip to-end", hidden: true, onclick: () => this.end() }, t("chat.to_end"));
  private atEnd = true;
  private readonly sizes = typeof ResizeObserver === "undefined" ? undefined : new ResizeObserver(() => this.keep());

  constructor(private readonly box: HTMLElement) {
    box.addEventListener("scroll", () => {
      this.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
      this.button.hidden = this.atEnd;
    }, { passive: true });
    this.sizes?.observe(box);
  }

  /** Called when something was added. */
  keep(): void {
    if (this.atEnd) this.box.scrollTop = this.box.scrollHeight;
    else this.button.hidden = false;
  }

  end(): void {
    this.atEnd = true;
    this.button.hidden = true;
    this.box.scrollTop = this.box.scrollHeight;
  }

  dispose(): void {
    this.sizes?.disconnect();
  }
}
