// transformers.js as shipped, generating greedily: the times at which the tokens of one prompt came.
import { AutoModelForCausalLM, BaseStreamer, env, Tensor } from "./transformers.min.js";

env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = "/models/";
const local = (ending) => new URL(`ort-wasm-simd-threaded.asyncify.${ending}`, location.href).href;
env.backends.onnx.wasm.wasmPaths = { mjs: local("mjs"), wasm: local("wasm") };
env.backends.onnx.wasm.numThreads = Math.min(navigator.hardwareConcurrency, 4);
const model = await AutoModelForCausalLM.from_pretrained("smollm2", { dtype: "q4", device: "wasm" });

class Times extends BaseStreamer {
  began = performance.now();
  times = [];
  prompt = true;

  put() {
    // The first is the prompt itself.
    if (!this.prompt) this.times.push(performance.now() - this.began);
    this.prompt = false;
  }

  end() {}
}

window.generate = async (ids, count) => {
  const streamer = new Times();
  const dims = [1, ids.length];
  const output = await model.generate({
    inputs: new Tensor("int64", BigInt64Array.from(ids, BigInt), dims),
    attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), dims),
    max_new_tokens: count,
    min_new_tokens: count,
    do_sample: false,
    streamer,
  });
  return { times: streamer.times, ids: Array.from(output.data.slice(ids.length), Number) };
};
