/** Calls to one engine worker over its port, each answered once or rejected when the engine is lost. */

import { DeviceFault, WardianError } from "../shared/errors";
import type { FromEngine, ToEngine, WireError } from "../shared/messages";

type Call = Extract<ToEngine, { id: number }>;
export type Body = Call extends infer C ? (C extends Call ? Omit<C, "id"> : never) : never;
type Reply<T extends Call["type"]> = Extract<FromEngine, { type: { open: "opened"; run: "ran"; gather: "ran"; close: "closed" }[T] }>;

interface Pending {
  resolve(message: FromEngine): void;
  reject(error: WardianError): void;
}

export class EngineClient {
  private readonly pending = new Map<number, Pending>();
  private next = 1;
  private lost: WireError | undefined;

  constructor(private readonly port: MessagePort) {
    port.onmessage = ({ data }: MessageEvent<FromEngine>) => this.receive(data);
    port.onmessageerror = () => this.lose({ kind: "EngineLostError", message: "An answer of the engine could not be read." });
  }

  get alive(): boolean {
    return this.lost === undefined;
  }

  get busy(): boolean {
    return this.pending.size > 0;
  }

  call<B extends Body>(body: B, transfer: Transferable[]): Promise<Reply<B["type"]>> {
    if (this.lost) return Promise.reject(new WardianError(this.lost));
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: (message) => resolve(message as Reply<B["type"]>), reject });
      this.port.postMessage({ ...body, id }, transfer);
    });
  }

  tell(message: Extract<ToEngine, { type: "release" }>): void {
    if (!this.lost) this.port.postMessage(message);
  }

  lose(reason: WireError): void {
    this.lost = { ...reason, kind: reason.kind === "CancelledError" ? reason.kind : "EngineLostError" };
    this.port.close();
    for (const { reject } of this.pending.values()) reject(new WardianError(this.lost));
    this.pending.clear();
  }

  private receive(message: FromEngine): void {
    if (!("id" in message)) return;
    const pending = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (message.type === "failed") {
      const { error, fault } = message;
      pending?.reject(fault ? new DeviceFault(fault, error.received ?? "") : new WardianError(error));
    }
    else pending?.resolve(message);
  }
}
