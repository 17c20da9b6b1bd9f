/** Offline use: registers the service worker and says truthfully what would work without a network. */

import type { TaskInfo } from "../shared/site";
import { complete } from "../shared/store/presence";
import { ShardStore } from "../shared/store/shards";
import { base, site } from "./app_runtime";
import { h } from "./dom";
import { t } from "./i18n";
import { askToPersist } from "./persist";

const store = new ShardStore(base);

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
  private readonly ended = new AbortController();

  constructor(private readonly task: TaskInfo) {
    this.set("no");
  }

  async refresh(): Promise<void> {
    if (!("serviceWorker" in navigator) || !isSecureContext) return this.set("unsupported");
    this.set("saving");
    const [shell, models] = await Promise.all([registerServiceWorker(), this.keepModels()]);
    this.set(!models ? "memory" : shell ? "yes" : "no");
    if (models) void askToPersist();
  }

  dispose(): void {
    this.ended.abort();
  }

  /** The task's own model in its default dtype, and those whose files it reads. */
  private async keepModels(): Promise<boolean> {
    const wanted = [this.task.model, ...this.task.uses].filter((id) => id !== null);
    const kept = await Promise.all(wanted.map((id) => complete(store, site, id, null, this.ended.signal)));
    return kept.every(Boolean);
  }

  private set(state: "yes" | "saving" | "no" | "memory" | "unsupported"): void {
    this.element.dataset["state"] = state;
    this.element.textContent = t(`offline.${state}`);
  }
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
