/** A bare page with the model store alone, for tests that count requests and spoil answers. */

import { Download, joined } from "../../../app/shared/store/download";
import { sha256 } from "../../../app/shared/store/hash";
import { complete, contents, present } from "../../../app/shared/store/presence";
import { ShardStore, type StoreOptions } from "../../../app/shared/store/shards";
import { errorFrom } from "../../../app/shared/errors";
import type { DownloadState } from "../../../app/shared/messages";
import type { ModelFile, Site } from "../../../app/shared/site";

/** What takes half a minute on a visitor's page. */
const QUICK: StoreOptions = { stall: 1500, pauses: [20, 40] };
const base = new URL(".", location.href).href;
const states: DownloadState[] = [];
let download: Download | undefined;

async function load(files: ModelFile[], options: Partial<StoreOptions> = {}) {
  states.length = 0;
  download = new Download(new ShardStore(base, { ...QUICK, ...options }), files, (state) => states.push(state));
  try {
    const loaded = await download.run();
    const hashes = await Promise.all(files.map((file) => sha256(joined(file, loaded))));
    return { hashes, stored: await loaded.stored };
  } catch (error) {
    return { error: errorFrom(error).wire };
  }
}

async function marked(site: Site, model: string) {
  const whole = await complete(new ShardStore(base, QUICK), site, model, null, new AbortController().signal);
  return { whole, present: present(await contents(base)).map((marker) => marker.model) };
}

Object.assign(window, {
  load, marked, states,
  control: (action: "pause" | "resume" | "cancel") => download![action](),
  kept: async () => [...(await contents(base)).shards.keys()],
});
