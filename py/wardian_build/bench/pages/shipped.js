import * as transformers from "./transformers.min.js";
import { answer } from "./peer_answer.js";

await answer(transformers, "ort-wasm-simd-threaded.asyncify");
