/** The Python worker of the site, plus one thing: it runs code of the tests. Never part of a built site. */

import "../../../app/python_worker/python_worker";

import { attached } from "../../../app/python_worker/boot";

const serveSite = self.onmessage!;

self.onmessage = (event: MessageEvent) => {
  if (event.data.type === "test-run") void run(event.data);
  else if (event.data.type === "test-close") self.close();
  else serveSite.call(self, event);
};

async function run({ id, code, files, packages }: { id: number; code: string; files: Record<string, string>; packages: string[] }) {
  try {
    const pyodide = await attached;
    if (packages.length > 0) await pyodide.loadPackage(packages);
    for (const [path, base64] of Object.entries(files)) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
      pyodide.FS.writeFile(path, bytes);
    }
    const value: unknown = await pyodide.runPythonAsync(code);
    postMessage({ type: "test-ran", id, value: (value as { toJs?: (o: object) => unknown })?.toJs?.({ dict_converter: Object.fromEntries }) ?? value });
  } catch (error) {
    postMessage({ type: "test-ran", id, error: String(error) });
  }
}
