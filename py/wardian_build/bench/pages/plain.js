import * as transformers from "./transformers.web.min.js";
import { answer } from "./peer_answer.js";

await answer(transformers, "ort-wasm-simd-threaded");
