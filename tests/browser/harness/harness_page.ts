/** A bare page with the site's runtime, whose Python worker also runs code of the tests. */

import { Runtime } from "../../../app/embed/runtime";
import type { Site } from "../../../app/shared/site";

const base = new URL("../", location.href).href;
const site = (await (await fetch(new URL("site.json", base))).json()) as Site;
site.urls.python_worker = "harness/harness_worker.js";
site.urls.engine_worker = "harness/harness_engine.js";

interface Run {
  code: string;
  files: Record<string, string>;
  packages: string[];
}

const BrowserWorker = globalThis.Worker;
/** Every worker that was started and not ended by the runtime, by name. */
const workers = new Map<string, Worker>();
/** What the GPU of each engine does wrong, in the order in which they start; the last one goes on. */
const faults: string[] = [];
/** What each Python runs before its first request. */
const setups: Run[] = [];
globalThis.Worker = class extends BrowserWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    workers.set(options?.name ?? "", this);
    if (options?.name?.startsWith("wardian-engine")) Object.assign(window, { engineCount: ++engines });
    if (options?.name === "wardian-python") this.addEventListener("message", answered);
    else if (faults.length > 0) super.postMessage({ type: "test-fault", fault: faults.length > 1 ? faults.shift() : faults[0] });
  }

  override postMessage(message: unknown, transfer?: unknown): void {
    super.postMessage(message, transfer as Transferable[]);
    if ((message as { type: string }).type === "start") setups.forEach((setup) => void run(setup));
  }
};

let engines = 0;
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
let next = 1;

function answered({ data }: MessageEvent): void {
  if (data.type !== "test-ran") return;
  const { resolve, reject } = waiting.get(data.id)!;
  if (data.error === undefined) resolve(data.value);
  else reject(new Error(data.error));
}

function run({ code, files, packages }: Run): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    workers.get("wardian-python")!.postMessage({ type: "test-run", id, code, files, packages });
  });
}

Object.assign(window, {
  workers,
  setups,
  faults,
  runtime: new Runtime(base, site),
  runPython: (code: string, files: Record<string, string> = {}, packages: string[] = []) => run({ code, files, packages }),
  setUpPython: (code: string, files: Record<string, string> = {}, packages: string[] = []) => {
    setups.push({ code, files, packages });
    return run({ code, files, packages });
  },
});
