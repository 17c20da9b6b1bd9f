/** The app's one runtime, started by importing this module: before the form is drawn, while HTML still parses. */

import { Runtime } from "../embed/runtime";
import type { Site, TaskInfo } from "../shared/site";
import { readOwnModel, readSetting } from "./settings";

export const base = new URL(".", location.href.split("#")[0]).href;

export const site: Site = JSON.parse(document.getElementById("wardian-site")!.textContent!);

/** The task an address names: `#/search`; the first task when it names none. */
export function taskOf(hash: string): TaskInfo | undefined {
  const id = hash.replace(/^#\/?/, "");
  return id === "" ? site.tasks[0] : site.tasks.find((task) => task.id === id);
}

export const ownerOf = (task: TaskInfo) => `task:${task.id}`;

const first = taskOf(location.hash);
const chosen = first?.own_model === "folder" ? readOwnModel(first.id) : null;
/** The model that is opened first; where a visitor's own model is, Python looks up. */
const model = chosen === null ? first?.model : first!.choices.includes(chosen) ? chosen : null;

export const runtime = new Runtime(base, site, first && {
  packages: first.packages,
  // What the form is set to at first.
  read: first.uses.slice(0, 1),
  open: !model ? undefined : {
    owner: ownerOf(first),
    model,
    dtype: null,
    device: readSetting("device"),
    threads: 0,
  },
});
