/** Offline use: registers the service worker and says truthfully what would work without a network. */

import { isStored, modelFile, modelFileUrl, readModelFile, smallFiles } from "../shared/model_store";
import { dtypePath } from "../shared/session_spec";
import type { ModelFile, TaskInfo } from "../shared/site";
import { base, site } from "./app_runtime";
import { h } from "./dom";
import { t } from "./i18n";

/** Looks for the weights, half a second apart: writing goes on after the model is ready to use. */
const ATTEMPTS = 20;

/** Resolves when the service worker has the whole shell: its install step is all or nothing. */
let shell: Promise<boolean> | undefined;

/** Called when the first task is ready, so that the precache does not compete with start-up. */
export function registerServiceWorker(): Promise<boolean> {
  shell ??= register();
  return shell;
}

async function register(): Promise<boolean> {
  if (!("serviceWorker" in navigator)) return false;
  try {
    const registration = await navigator.serviceWorker.register(new URL("sw.js", base));
    registration.addEventListener("updatefound", () => offerUpdate(registration));
    if (registration.waiting && navigator.serviceWorker.controller) offerUpdate(registration);
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    return false;
  }
}

/** The badge of one task: yes only when the shell and every file the task needs are on this device. */
export class OfflineBadge {
  readonly element = h("span", { class: "badge" });

  constructor(private readonly task: TaskInfo) {
    this.set("no");
  }

  async refresh(): Promise<void> {
    if (!("serviceWorker" in navigator) || !isSecureContext) return this.set("unsupported");
    this.set("saving");
    const saved = (await registerServiceWorker()) && (await this.modelStored());
    this.set(saved ? "yes" : "no");
  }

  private async modelStored(): Promise<boolean> {
    const files = neededFiles(this.task);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let missing = 0;
      for (const { url, file, weights } of files) {
        if (await isStored(url)) continue;
        missing++;
        // A small file that the task did not need this time; the weights are being written by the engine.
        if (!weights) await readModelFile(url, file).then(({ stored }) => stored, () => false);
      }
      if (missing === 0) return true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    return false;
  }

  private set(state: "yes" | "saving" | "no" | "unsupported"): void {
    this.element.dataset["state"] = state;
    this.element.textContent = t(`offline.${state}`);
  }
}

/** The files of a task's model, weights of its default dtype included, and those of the models it reads from. */
function neededFiles(task: TaskInfo): { url: string; file: ModelFile; weights: boolean }[] {
  const own = task.model === null ? undefined : site.models[task.model];
  const manifests = [own, ...task.uses.map((id) => site.models[id])].filter((manifest) => manifest !== undefined);
  const files = manifests.flatMap((manifest) =>
    smallFiles(manifest).map((file) => ({ url: modelFileUrl(base, manifest.id, file), file, weights: false })));
  if (!own) return files;
  const file = modelFile(site, own.id, dtypePath(own, null));
  return [...files, { url: modelFileUrl(base, own.id, file), file, weights: true }];
}

function offerUpdate(registration: ServiceWorkerRegistration): void {
  const worker = registration.installing ?? registration.waiting;
  const offer = () => {
    if (worker?.state !== "installed" || !navigator.serviceWorker.controller) return;
    const button = h("button", { type: "button", class: "chip", onclick: () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      worker.postMessage({ type: "activate" });
    } }, t("offline.reload"));
    document.getElementById("notice")!.replaceChildren(h("p", { class: "update" }, t("offline.update"), " ", button));
  };
  worker?.addEventListener("statechange", offer);
  offer();
}
