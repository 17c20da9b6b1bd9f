/** What was opened, so that it can be opened again in a new Python: when the next request needs it. */

import type { Request } from "../../shared/messages";

type Open = Extract<Request, { op: "open_task" | "open_pipeline" }>;

interface Entry {
  open: Open;
  /** What a visitor put in place of the task's model: a local id, or an ONNX file; a Blob, for it may be large. */
  model: { task: string; name: string; content: Blob | string } | null;
  /** In which Python it is open. */
  generation: number;
  again: Promise<void> | undefined;
}

/** Whose engine a request uses, as `Worker.owner_of` in Python. */
export function ownerOf(request: Request): string {
  return "task" in request ? `task:${request.task}` : request.pipeline;
}

export class Reopening {
  private readonly entries = new Map<string, Entry>();

  /** `send` asks the Python of now, whose number `generation` tells; what it opens is not to come back to `after`. */
  constructor(private readonly generation: () => number, private readonly send: (request: Request) => Promise<unknown>) {}

  /** What must end before a request can be sent; undefined for nothing, as almost always. */
  before(request: Request): Promise<void> | undefined {
    const entry = this.entries.get(ownerOf(request));
    if (!entry || entry.generation === this.generation() || request.op === "close_pipeline") return undefined;
    if (isOpen(request) && !entry.model) return undefined;
    entry.again ??= this.reopen(entry).finally(() => (entry.again = undefined));
    return entry.again;
  }

  /** Remember what a request that succeeded has opened. */
  after(request: Request): void {
    const owner = ownerOf(request);
    const entry = this.entries.get(owner);
    if (isOpen(request)) {
      this.entries.set(owner, { open: request, model: entry?.model ?? null, generation: this.generation(), again: undefined });
    } else if (request.op === "use_model") {
      const { task, name, model } = request;
      const open = entry?.open ?? { op: "open_task", task, model: null, device: "auto", dtype: null, threads: 0 };
      const content = model instanceof Uint8Array ? new Blob([model as Uint8Array<ArrayBuffer>]) : model;
      this.entries.set(owner, { open, model: content === null ? null : { task, name, content }, generation: this.generation(), again: undefined });
    } else if (request.op === "close_pipeline") {
      this.entries.delete(owner);
    }
  }

  private async reopen(entry: Entry): Promise<void> {
    await this.send(entry.open);
    if (entry.model) {
      const { task, name, content } = entry.model;
      const model = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
      await this.send({ op: "use_model", task, name, model });
    }
    entry.generation = this.generation();
  }
}

function isOpen(request: Request): request is Open {
  return request.op === "open_task" || request.op === "open_pipeline";
}
