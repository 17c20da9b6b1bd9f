/** A bare page with the site's runtime, whose Python worker also runs code of the tests. */

import { Runtime } from "../../../app/embed/runtime";
import type { Site } from "../../../app/shared/site";

const base = new URL("../", location.href).href;
const site = (await (await fetch(new URL("site.json", base))).json()) as Site;
site.urls.python_worker = "harness/harness_worker.js";

const BrowserWorker = globalThis.Worker;
let python: Worker | undefined;
globalThis.Worker = class extends BrowserWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    if (options?.name === "wardian-python") python = this;
  }
};

const runtime = new Runtime(base, site);
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let next = 1;

python!.addEventListener("message", ({ data }: MessageEvent) => {
  if (data.type !== "test-ran") return;
  const { resolve, reject } = waiting.get(data.id)!;
  if (data.error === undefined) resolve(data.value);
  else reject(new Error(data.error));
});

Object.assign(window, {
  runtime,
  runPython: (code: string, files: Record<string, string>, packages: string[]) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      python!.postMessage({ type: "test-run", id, code, files, packages });
    }),
});
