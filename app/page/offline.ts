/** Whether a task works without a network, said truthfully. */

import type { TaskInfo } from "../shared/site";
import { complete, contents, isComplete, present } from "../shared/store/presence";
import { ShardStore } from "../shared/store/shards";
import { base, site } from "./app_runtime";
import { h } from "./dom";
import { t } from "./i18n";
import { askToPersist } from "./persist";
import { STORAGE_CHANGED } from "./storage_view";
import { registerServiceWorker } from "./updates";

const store = new ShardStore(base);

/** The badge of one task: yes only when the shell and every file the task needs are on this device. */
export class OfflineBadge {
  readonly element = h("span", { class: "badge" });
  private readonly ended = new AbortController();
  /** The model of the visitor's own that the task uses. */
  private own: string | null = null;
  private dtype: string | null = null;

  constructor(private readonly task: TaskInfo) {
    this.set("no");
    addEventListener(STORAGE_CHANGED, () => void this.lookAgain(), { signal: this.ended.signal });
  }

  /** `dtype`: which graph was opened. */
  async refresh(own: string | null, dtype: string | null): Promise<void> {
    this.own = own;
    this.dtype = dtype;
    if (!("serviceWorker" in navigator) || !isSecureContext) return this.set("unsupported");
    this.set("saving");
    const [shell, models] = await Promise.all([registerServiceWorker(), this.keepModels()]);
    this.set(!models ? "memory" : shell ? "yes" : "no");
    if (models) void askToPersist();
  }

  dispose(): void {
    this.ended.abort();
  }

  private async keepModels(): Promise<boolean> {
    const kept = await Promise.all(this.needed().map(([id, dtype]) => complete(store, site, id, dtype, this.ended.signal)));
    return kept.every(Boolean) && (await this.hasOwn());
  }

  private async hasOwn(): Promise<boolean> {
    if (this.own === null || this.task.choices.includes(this.own)) return true;
    const kept = await contents(base).then(present, () => []);
    return kept.some(({ model }) => model === this.own);
  }

  /** The visitor deleted something. */
  private async lookAgain(): Promise<void> {
    const there = await Promise.all(this.needed().map(([id, dtype]) => isComplete(store, site, id, dtype)));
    if (this.element.dataset["state"] === "yes" && !(there.every(Boolean) && (await this.hasOwn()))) this.set("memory");
  }

  /** The task's own model or the chosen one of the site in its default dtype, and those it uses without weights. */
  private needed(): [model: string, dtype: string | null][] {
    const { choices, uses, own_model } = this.task;
    const other = own_model === "folder" ? this.own : null;
    const model = other === null || choices.includes(other) ? (other ?? this.task.model) : null;
    return [...(model === null ? [] : [[model, this.dtype] as [string, string | null]]), ...uses.map((id): [string, string] => [id, ""])];
  }

  private set(state: "yes" | "saving" | "no" | "memory" | "unsupported"): void {
    this.element.dataset["state"] = state;
    this.element.textContent = t(`offline.${state}`);
  }
}
