/**
 * The site's Python packages. Pyodide's own `loadPackage` unpacks wheels in Python and links all shared libraries in
 * them, of which numpy has thirteen and needs two. Here files go from the wheel into Python's file system as they are,
 * without a copy, and a library is linked when it is imported.
 */

import type { PyodideAPI } from "pyodide";

import { errorFrom, WardianError } from "../shared/errors";
import { fileError } from "../shared/verified_fetch";
import { storedFiles } from "./stored_zip";

/** What is read of Pyodide's lock file. */
export interface Lock {
  packages: Record<string, { depends: string[]; file_name: string }>;
}

export class SitePackages {
  private readonly wheels = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  /** One load after the other: two may need the same package. */
  private last: Promise<unknown> = Promise.resolve();

  /** `base` is the folder that names of files in the lock begin in. Fetches are verified by the worker's `fetch`. */
  constructor(private readonly lock: Promise<Lock>, private readonly base: string) {}

  /** Begins to fetch packages and what they need, before Python is there to take them. */
  async prefetch(names: string[]): Promise<void> {
    for (const name of await this.withDependencies(names)) this.wheel(await this.lock, name).catch(() => undefined);
  }

  /** Makes packages importable, and what they need; those that are there already stay as they are. */
  load(pyodide: PyodideAPI, names: string[]): Promise<void> {
    const loaded = this.last.then(() => this.loadNow(pyodide, names));
    this.last = loaded.catch(() => undefined);
    return loaded;
  }

  private async loadNow(pyodide: PyodideAPI, names: string[]): Promise<void> {
    const missing = (await this.withDependencies(names)).filter((name) => !(name in pyodide.loadedPackages));
    if (missing.length === 0) return;
    const lock = await this.lock;
    const wheels = await Promise.all(missing.map((name) => this.wheel(lock, name)));
    const folder = pyodide.runPython("import site; site.getsitepackages()[0]") as string;
    missing.forEach((name, number) => {
      unpack(pyodide, this.url(lock, name), wheels[number]!, folder);
      pyodide.loadedPackages[name] = "default channel";
      this.wheels.delete(name);
    });
    pyodide.runPython("import importlib; importlib.invalidate_caches()");
  }

  private wheel(lock: Lock, name: string): Promise<Uint8Array<ArrayBuffer>> {
    const early = this.wheels.get(name);
    if (early) return early;
    const wheel = fetch(this.url(lock, name)).then(async (response) => new Uint8Array(await response.arrayBuffer()));
    this.wheels.set(name, wheel);
    // What could not be fetched is asked for again by the next one who needs it.
    wheel.catch(() => this.wheels.delete(name));
    return wheel;
  }

  private url(lock: Lock, name: string): string {
    return this.base + lock.packages[name]!.file_name;
  }

  /** Packages and all that they need, each after what it needs itself. */
  private async withDependencies(names: string[]): Promise<string[]> {
    const { packages } = await this.lock;
    const found = new Set<string>();
    const add = (name: string) => {
      if (found.has(name)) return;
      if (!(name in packages)) {
        throw new WardianError({
          kind: "UnknownNameError",
          message: `the site has no Python package ${name}`,
          value: name,
          expected: Object.keys(packages).join(", "),
          hint: "Install a wheel that lies beside the page with micropip.",
        });
      }
      packages[name]!.depends.forEach(add);
      found.add(name);
    };
    names.forEach(add);
    return [...found];
  }
}

/** Writes a wheel's files into a folder of Python's, where they share the wheel's memory. */
function unpack({ FS }: PyodideAPI, url: string, wheel: Uint8Array<ArrayBuffer>, folder: string): void {
  const there = new Set<string>();
  const write = (path: string, data: Uint8Array | string) => {
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (!there.has(parent)) FS.mkdirTree(`${folder}/${parent}`);
    there.add(parent);
    FS.writeFile(`${folder}/${path}`, data, { canOwn: true });
  };
  try {
    for (const { name, data } of storedFiles(wheel)) {
      write(name, data);
      // By these `micropip.list` knows what is there.
      if (!name.endsWith(".dist-info/WHEEL")) continue;
      write(name.replace(/WHEEL$/, "INSTALLER"), "wardian");
      write(name.replace(/WHEEL$/, "PYODIDE_SOURCE"), "pyodide");
    }
  } catch (error) {
    throw fileError(url, errorFrom(error).message);
  }
}
