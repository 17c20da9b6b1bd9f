/**
 * The engine worker: onnxruntime-web for the sessions of one owner (a task or a pipeline).
 *
 * It takes `open` from the page, so that a model loads while Python still starts, and everything from the
 * Python worker through its port. Ending this worker is how a run is cancelled and how memory is given back.
 */

import { DeviceFault, errorFrom, WardianError } from "../shared/errors";
import { holdLifeline } from "../shared/lifeline";
import type { FromEngine, ToEngine, WireError } from "../shared/messages";
import { verifyFetches } from "../shared/verified_fetch";
import { EngineUnavailable } from "./runtime";
import { Sessions } from "./sessions";
import { transferables } from "./tensors";
import { controlDownloads } from "./weights";

let connected: (ort: string) => void;
const ortBase = new Promise<string>((resolve) => (connected = resolve));
const sessions = new Sessions(ortBase, (message) => postMessage(message));

let alive = false;

let watched: () => void;
/** The page watches this worker. Of one that closed before, it would learn only when its start is overdue. */
const isWatched = new Promise<void>((resolve) => (watched = resolve));

self.onmessage = ({ data }: MessageEvent<ToEngine>) => {
  if (data.type === "connect") {
    if (!alive) {
      holdLifeline(data.lifeline, () => {
        postMessage({ type: "alive" } satisfies FromEngine);
        watched();
      });
      void verifyFetches(data.integrity);
      // onnxruntime's last resort for bytes that `fetch` refused.
      Reflect.deleteProperty(self, "XMLHttpRequest");
    } else {
      // Connected for a second time after Python was started again: nobody there knows what the first one kept.
      sessions.forgetKept();
    }
    alive = true;
    connected(data.ort);
    data.port.onmessage = (event: MessageEvent<ToEngine>) => {
      void answer(event.data, (message, transfer) => data.port.postMessage(message, transfer));
    };
  } else {
    void answer(data, (message, transfer) => postMessage(message, { transfer }));
  }
};

async function answer(message: ToEngine, reply: (message: FromEngine, transfer: Transferable[]) => void) {
  if (message.type === "connect") return;
  if (message.type === "ping") return reply({ type: "pong" }, []);
  if (message.type === "release") {
    sessions.release(message.key, message.handles);
    return;
  }
  if (message.type === "download") return controlDownloads(message.action);
  try {
    if (message.type === "open") {
      reply({ type: "opened", id: message.id, ...(await sessions.open(message.spec, message.holder)) }, []);
    } else if (message.type === "run") {
      const { outputs, milliseconds } = await sessions.run(message);
      reply({ type: "ran", id: message.id, outputs, milliseconds }, transferables(outputs));
    } else if (message.type === "gather") {
      const found = await sessions.gather(message.key, message.handles, message.rows);
      reply({ type: "ran", id: message.id, outputs: { heads: JSON.stringify(found), data: [] }, milliseconds: 0 }, []);
    } else {
      await sessions.close(message.key, message.holder);
      reply({ type: "closed", id: message.id }, []);
    }
  } catch (error) {
    const fault = error instanceof DeviceFault ? error.reason : null;
    reply({ type: "failed", id: message.id, error: explain(error, message.type), fault }, []);
    if (error instanceof EngineUnavailable) void isWatched.then(() => self.close());
  }
}

const FAILED = {
  open: "The file is not an ONNX model that can be run.",
  run: "The model failed while it ran.",
  gather: "The model failed while it ran.",
  close: "The model could not be closed.",
};

/** onnxruntime throws bare strings and numbers for some failures; say what was being done, in Python's words. */
function explain(thrown: unknown, doing: "open" | "run" | "gather" | "close"): WireError {
  if (thrown instanceof WardianError) return thrown.wire;
  const received = errorFrom(thrown).message;
  const memory = /memory|bad_alloc|allocation|RangeError/i.test(received);
  return {
    kind: "ModelError",
    message: memory ? "There is not enough memory for the model." : FAILED[doing],
    received,
    hint: memory
      ? "Use a smaller input or a smaller variant of the model (dtype), or close other tabs."
      : "Check that it is a complete ONNX model whose operators onnxruntime-web supports, and that the inputs fit.",
  };
}
