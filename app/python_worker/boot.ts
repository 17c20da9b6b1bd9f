/** Starts Pyodide with the site's own packages and hands the bridge to Python. */

import type { loadPyodide, PyodideAPI } from "pyodide";

import { errorFrom, WardianError } from "../shared/errors";
import { Interrupt } from "../shared/interrupt";
import type { Answer, FromPython, Request, ToPython } from "../shared/messages";
import { fileError, importVerified, integrityAt, verifyFetches } from "../shared/verified_fetch";
import type { Bridge, Settle } from "./bridge";
import { type Lock, SitePackages } from "./packages";

/** What `wardian._platform.serve` gives back. */
export interface PythonSide {
  handle(id: number, request: Request, emit: (answer: Answer, transfer: Transferable[]) => void): void;
  cancel(id: number): void;
  settle: Settle;
}

const PAGE = 65_536;
const MOST_MEMORY = 2 ** 31;

let ready: (pyodide: PyodideAPI) => void;
/** The interpreter, once it is ready; the tests' own worker runs code in it. */
export const attached = new Promise<PyodideAPI>((resolve) => (ready = resolve));

type Stage = Extract<FromPython, { type: "stage" }>["stage"];

export async function boot(
  start: Extract<ToPython, { type: "start" }>, bridge: Bridge, send: (message: FromPython) => void,
): Promise<PythonSide> {
  const began = performance.now();
  const done = (stage: Stage) => send({ type: "stage", stage, milliseconds: performance.now() - began });
  const { base, site } = start;
  const at = (path: string) => new URL(path, base).href;
  const unavailable = verifyFetches(integrityAt(base, site.integrity));
  const lock = fetch(at(site.urls.lock)).then((response) => response.json() as Promise<Lock>);
  lock.catch(() => undefined);
  const packages = new SitePackages(lock, at(site.urls.packages));
  const needed = ["numpy", "wardian", ...start.packages];
  packages.prefetch(needed).catch(() => undefined);
  const [script, core] = ["pyodide.mjs", "pyodide.asm.mjs"].map((name) => at(site.urls.pyodide + name)) as [string, string];
  const module = (await importVerified(script, [core]).catch((error: unknown) => {
    throw error instanceof WardianError ? error : fileError(script, errorFrom(error).message);
  })) as { loadPyodide: typeof loadPyodide };
  const loading = module.loadPyodide({
    indexURL: at(site.urls.pyodide),
    lockFileContents: lock.then(JSON.stringify),
    packageBaseUrl: at(site.urls.packages),
    // Messages say null where they mean None.
    convertNullToNone: true,
  });
  // A file that is missing makes Pyodide wait for ever, or fail in words of its own.
  const pyodide = await Promise.race([loading, unavailable]).catch((error: unknown) => {
    throw error instanceof WardianError ? error : fileError(at(site.urls.pyodide), errorFrom(error).message);
  });
  done("runtime");
  limitMemory(pyodide);
  onFatal(pyodide, (message) => send({ type: "fatal", message }));
  await packages.load(pyodide, needed);
  bridge.attach(pyodide, packages, start.interrupt && new Interrupt(start.interrupt));
  if (start.interrupt) pyodide.setInterruptBuffer(start.interrupt);
  pyodide.registerJsModule("wardian_bridge", bridge.module);
  const platform = pyodide.pyimport("wardian._platform");
  done("packages");
  const side = platform.serve() as PythonSide;
  bridge.answerTo(side.settle);
  ready(pyodide);
  platform.destroy();
  done("ready");
  return side;
}

/**
 * Lets Python's memory grow to 2 GiB and no further: then there is a MemoryError. Above, Pyodide takes the
 * addresses of buffers for negative numbers, and gives JavaScript zeros in their place without an error.
 */
function limitMemory(pyodide: PyodideAPI): void {
  const memory = (pyodide as unknown as { _module: { memory: WebAssembly.Memory } })._module.memory;
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE > MOST_MEMORY) throw new RangeError("Python's memory is full");
    return grow(pages);
  };
}

/** Pyodide has no public way to learn that the interpreter broke. */
function onFatal(pyodide: PyodideAPI, tell: (message: string) => void): void {
  const api = (pyodide as unknown as { _api: { on_fatal?: (error: unknown) => void } })._api;
  api.on_fatal = (error) => tell(errorFrom(error).message);
}
