/** The import worker: one for each model that a visitor gives, ended when it is in the store or refused. */

import { errorFrom } from "../shared/errors";
import type { FromImport, ToImport } from "../shared/messages";
import { sweep } from "../shared/store/imports";
import { Importer } from "./importer";
import { findModel, type FoundModel, sizeOfVariant } from "./model_folder";

/** Milliseconds between two reports. */
const REPORT_EVERY = 100;

const send = (message: FromImport) => postMessage(message);

let importer: Importer;
let found: FoundModel;
let kind = "";

self.onmessage = ({ data }: MessageEvent<ToImport>) => {
  if (data.type === "cancel") return importer.cancel();
  const work = data.type === "look" ? look(data) : store(data.dtypes);
  work.catch((error: unknown) => send({ type: "failed", error: errorFrom(error).wire }));
};

async function look({ base, name, files, needs, ...wanted }: Extract<ToImport, { type: "look" }>): Promise<void> {
  let last = -Infinity;
  importer = new Importer(base, (done, total) => {
    if (performance.now() - last < REPORT_EVERY && done < total) return;
    last = performance.now();
    send({ type: "progress", done, total });
  });
  kind = wanted.kind;
  void sweep(base);
  found = await findModel(files, name, needs);
  const variants = [...found.weights.keys()].map((dtype) => ({ dtype, bytes: sizeOfVariant(found, dtype) }));
  send({ type: "found", name: found.name, variants, preferred: found.preferred });
}

async function store(dtypes: string[]): Promise<void> {
  send({ type: "done", ...(await importer.run(found, kind, dtypes)) });
}
