/**
 * The Python worker: boots Pyodide and forwards messages to `wardian.worker`. It has no ML logic.
 */

import { errorFrom } from "../shared/errors";
import { holdLifeline } from "../shared/lifeline";
import type { Answer, FromPython, ToPython } from "../shared/messages";
import { Bridge } from "./bridge";
import { boot, type PythonSide } from "./boot";

const send = (message: FromPython, transfer: Transferable[] = []) => postMessage(message, { transfer });

let bridge: Bridge | undefined;
let python: Promise<PythonSide> | undefined;
const early: Extract<ToPython, { type: "engine" }>[] = [];

self.onmessage = ({ data }: MessageEvent<ToPython>) => {
  switch (data.type) {
    case "start":
      holdLifeline(data.lifeline, () => send({ type: "alive" }));
      bridge = new Bridge(data.base, data.site, send);
      early.splice(0).forEach(({ owner, port }) => bridge!.connect(owner, port));
      bridge.prefetch(data.prefetch);
      data.own.forEach((model) => bridge!.addOwn(model));
      python = boot(data, bridge, send);
      python.catch((error: unknown) => send({ type: "failed", error: errorFrom(error).wire }));
      break;
    case "engine":
      if (bridge) bridge.connect(data.owner, data.port);
      else early.push(data);
      break;
    case "own":
      bridge?.addOwn(data.model);
      break;
    case "engine-lost":
      bridge?.lose(data.owner, data.reason);
      break;
    case "request":
      void forward(data);
      break;
    case "ping":
      send({ type: "pong" });
      break;
    case "cancel":
      void python?.then((side) => side.cancel(data.id));
      break;
  }
};

async function forward({ id, request }: Extract<ToPython, { type: "request" }>): Promise<void> {
  try {
    const side = await python!;
    side.handle(id, request, (answer: Answer, transfer: Transferable[]) => {
      send({ type: "answer", id, answer }, transfer);
    });
  } catch (error) {
    send({ type: "answer", id, answer: { type: "error", error: errorFrom(error).wire } });
  }
}
