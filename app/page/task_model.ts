/** The model that a task runs: its own, another of the site, or the visitor's. */

import { errorFrom } from "../shared/errors";
import type { TaskInfo } from "../shared/site";
import { runtime } from "./app_runtime";
import { OwnModel } from "./own_model";
import { readSetting } from "./settings";
import type { StatusLine } from "./status_line";

export interface ModelHost {
  /** Runs something that may fail; the error is shown. */
  guard(work: () => Promise<unknown>): Promise<unknown>;
  /** The same for what is asked for far below the place of errors. */
  guardBelow(work: () => Promise<unknown>): Promise<void>;
  /** A model is open; `folder` is that of a visitor's own. */
  onopened(opened: Record<string, unknown>, folder: string | null): void;
  /** Another file answers from now on. */
  onreplaced(): void;
}

export class TaskModel {
  /** Where a task takes models of the visitor's. */
  readonly own: OwnModel | undefined;
  private opened: Promise<unknown> | undefined;
  private opening = new AbortController();
  /** The folder that is opened in place of the task's model, and the last one that could be opened. */
  private folder: string | null = null;
  private openedFolder: string | null = null;

  constructor(private readonly task: TaskInfo, private readonly status: StatusLine, private readonly host: ModelHost) {
    if (!task.own_model) return;
    this.own = new OwnModel(task, task.own_model, {
      guard: (work) => host.guardBelow(work),
      use: (id, name) => this.use(id, name),
    });
    if (task.own_model === "folder") this.folder = this.own.chosen;
  }

  /** Opens the model; the same promise for all who wait. */
  open(): Promise<unknown> {
    this.opened ??= this.host.guard(async () => {
      await this.openChosen();
      if (this.task.own_model !== "folder" && this.own?.chosen) await this.replace(this.own.chosen, "");
    });
    return this.opened;
  }

  /** Opens it once more; who waits for the time before waits no longer. */
  openAgain(): void {
    const before = this.opening;
    this.opened = undefined;
    void this.open();
    before.abort();
  }

  /** Gives up opening. */
  stop(): void {
    this.opening.abort();
  }

  /** Opens the chosen folder; if that fails, what worked before is open again, and the reason is thrown. */
  private async openChosen(): Promise<void> {
    try {
      await this.openNow();
      this.openedFolder = this.folder;
    } catch (thrown) {
      const stale = this.folder === this.openedFolder;
      if (stale || errorFrom(thrown).wire.kind === "CancelledError") throw thrown;
      if (this.own?.chosen === this.folder) this.own.forgetChoice();
      this.folder = this.openedFolder;
      await this.openNow();
      throw thrown;
    }
  }

  private async openNow(): Promise<void> {
    this.opening = new AbortController();
    const { signal } = this.opening;
    this.status.opening(this.folder);
    const request = { op: "open_task", task: this.task.id, model: this.folder, device: readSetting("device"), dtype: null, threads: 0 } as const;
    const opened = (await runtime.request(request, { signal }).catch((error: unknown) => {
      if (signal.aborted && signal === this.opening.signal) this.status.stopped();
      throw error;
    })) as Parameters<StatusLine["ready"]>[0] & Record<string, unknown>;
    this.status.ready(opened, this.task.own_model === "folder" ? this.folder : (this.own?.chosen ?? null));
    this.host.onopened(opened, this.folder !== null && !this.task.choices.includes(this.folder) ? this.folder : null);
  }

  /** One of the visitor's models, or the task's own. Rejects if it cannot be opened; what was open before stays. */
  private async use(id: string | null, name: string): Promise<void> {
    if (this.task.own_model !== "folder") return this.replace(id, name);
    this.folder = id;
    const opening = this.openChosen();
    this.opened = opening.catch(() => undefined);
    return opening;
  }

  /** Runs a single ONNX file in place of the task's. */
  private async replace(id: string | null, name: string): Promise<void> {
    try {
      await runtime.request({ op: "use_model", task: this.task.id, name: name || (id ?? ""), model: id });
    } catch (thrown) {
      const { kind } = errorFrom(thrown).wire;
      // Not kept any more, or damaged: there is nothing to try again.
      if (id !== null && this.own?.chosen === id && ["UnknownNameError", "IntegrityError", "ModelError"].includes(kind)) this.own.forgetChoice();
      throw thrown;
    }
    this.host.onreplaced();
  }
}
