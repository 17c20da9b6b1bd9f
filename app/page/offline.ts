/** Whether a task works without a network, said truthfully. */

import type { TaskInfo } from "../shared/site";
import { complete } from "../shared/store/presence";
import { ShardStore } from "../shared/store/shards";
import { base, site } from "./app_runtime";
import { h } from "./dom";
import { t } from "./i18n";
import { askToPersist } from "./persist";
import { registerServiceWorker } from "./updates";

const store = new ShardStore(base);

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
