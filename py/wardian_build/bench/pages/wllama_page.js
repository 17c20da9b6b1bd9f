// wllama on the CPU with the GGUF file itself: the times at which the tokens of one prompt came.
import { LoggerWithoutDebug, Wllama } from "./wllama.js";

const wllama = new Wllama({ default: new URL("wllama.wasm", location.href).href }, { logger: LoggerWithoutDebug, suppressNativeLog: true });
const file = await (await fetch("/models/smollm2.gguf")).blob();
await wllama.loadModel([file], { n_ctx: 1024, n_gpu_layers: 0, n_threads: Math.min(navigator.hardwareConcurrency, 4) });

window.generate = async (prompt, count) => {
  const began = performance.now();
  const times = [];
  let usage;
  const chunks = await wllama.createCompletion({
    prompt, max_tokens: count, temperature: 0, stream: true, cache_prompt: false, ignore_eos: true,
  });
  for await (const chunk of chunks) {
    if (chunk.choices?.[0]?.text) times.push(performance.now() - began);
    usage = chunk.timings ?? usage;
  }
  return { times, prompt: usage?.prompt_n };
};
