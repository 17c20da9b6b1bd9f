/** Takes a model that a visitor gave into the store: which variant, how far it is, and a button to end it. */

import { cancelled, WardianError } from "../shared/errors";
import type { FromImport, ToImport } from "../shared/messages";
import { verifyScript } from "../shared/verified_fetch";
import { base, site } from "./app_runtime";
import { h } from "./dom";
import type { Given } from "./given_files";
import { megabytes, t } from "./i18n";

type Found = Extract<FromImport, { type: "found" }>;
export type Done = Extract<FromImport, { type: "done" }>;

export class ModelImport {
  readonly element = h("div", { class: "import", hidden: true });
  private readonly text = h("span", { class: "note", role: "status" });
  private readonly bar = h("progress", { class: "status-bar", "aria-label": t("own.progress") });
  private readonly cancelButton = h("button", { type: "button", class: "chip", onclick: () => this.cancel() }, t("task.cancel"));
  private stop: (() => void) | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /** `kind`: the task it is for, or empty; `needs`: the files that must be there beside the weights. */
  constructor(private readonly kind: string, private readonly needs: string[]) {}

  /** Resolves when the model can be opened by its id. Rejects with a `WardianError`; then nothing of it is left. */
  async run(given: Given): Promise<Done> {
    this.cancel();
    const before = this.last;
    const now = before.then(() => this.start(given));
    this.last = now.catch(() => undefined);
    return now;
  }

  private async start({ name, files }: Given): Promise<Done> {
    const script = new URL(site.urls.import_worker, base).href;
    await verifyScript(script, site.integrity[site.urls.import_worker]);
    const worker = new Worker(script, { type: "module", name: "wardian-import" });
    const post = (message: ToImport) => worker.postMessage(message);
    this.element.hidden = false;
    this.show(t("own.looking", { name }), null, this.cancelButton);
    this.element.scrollIntoView({ block: "nearest" });
    try {
      return await new Promise<Done>((resolve, reject) => {
        // Until it stores something, it has nothing to clean up.
        const end = (this.stop = () => reject(cancelled()));
        worker.onerror = (event) => reject(lost(event.message));
        worker.onmessage = ({ data }: MessageEvent<FromImport>) => {
          if (data.type === "failed") reject(new WardianError(data.error));
          else if (data.type === "done") resolve(data);
          else if (data.type === "progress") this.progress(name, data.done, data.total);
          else this.choose(data, (dtypes) => {
            if (this.stop !== end) return;
            this.stop = () => post({ type: "cancel" });
            this.progress(name, 0, 0);
            post({ type: "import", dtypes });
          });
        };
        post({ type: "look", base, name, kind: this.kind, needs: this.needs, files });
      });
    } finally {
      worker.terminate();
      this.stop = undefined;
      this.element.hidden = true;
      this.element.replaceChildren();
    }
  }

  /** Ends an import that goes on. False if there is none. */
  cancel(): boolean {
    this.stop?.();
    return this.stop !== undefined;
  }

  /** Asks which variants to keep, where there are several. */
  private choose({ name, variants, preferred }: Found, take: (dtypes: string[]) => void): void {
    if (variants.length === 1) return take([preferred]);
    const size = variants.reduce((sum, { bytes }) => sum + bytes, 0);
    const list = h("select", { class: "select", "aria-label": t("own.variant") },
      ...variants.map(({ dtype, bytes }) => h("option", { value: dtype, selected: dtype === preferred }, t("own.variant.one", { dtype, size: megabytes(bytes) }))),
      h("option", { value: "" }, t("own.variant.all", { size: megabytes(size) })));
    const use = h("button", { type: "button", class: "chip", onclick: () => take(list.value === "" ? variants.map(({ dtype }) => dtype) : [list.value]) }, t("own.use"));
    this.show(t("own.choose", { name }), null, list, use, this.cancelButton);
    this.bar.hidden = true;
    list.focus();
  }

  private progress(name: string, done: number, total: number): void {
    this.show(t("own.storing", { name, done: megabytes(done), total: megabytes(total) }), total > 0 ? done / total : null, this.cancelButton);
  }

  private show(text: string, share: number | null, ...others: HTMLElement[]): void {
    if (this.text.textContent !== text) this.text.textContent = text;
    this.bar.hidden = false;
    if (share === null) this.bar.removeAttribute("value");
    else this.bar.value = share;
    const wanted = [this.text, this.bar, ...others];
    // Drawn again in place: a button that is being pressed stays.
    if (wanted.length !== this.element.children.length || wanted.some((each, index) => each !== this.element.children[index])) {
      this.element.replaceChildren(...wanted);
    }
  }
}

function lost(received: string): WardianError {
  return new WardianError({
    kind: "WorkerLostError", message: "The part of the page that reads models stopped.", received: received || "its script did not come",
    hint: "Try again.",
  });
}
