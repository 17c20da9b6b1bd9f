// @huggingface/tokenizers, and nothing else. It gives ids and tokens; it has no offsets to give.
import { Tokenizer } from "./tokenizers.min.mjs";

const tokenizers = new Map();

/** Milliseconds from the bytes of tokenizer.json to a tokenizer. */
async function load(name) {
  const bytes = await (await fetch(`../bench/${name}.json`)).arrayBuffer();
  const began = performance.now();
  tokenizers.set(name, new Tokenizer(JSON.parse(new TextDecoder().decode(bytes)), {}));
  return performance.now() - began;
}

let batches = [];
/** The ids of the first text of the last batch. */
let first;

/** Milliseconds for all texts. */
function encode(name) {
  const tokenizer = tokenizers.get(name);
  const began = performance.now();
  for (const texts of batches) {
    const found = texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids);
    first = found[0];
  }
  return performance.now() - began;
}

const answers = {
  load: ({ name }) => load(name),
  take: ({ batches: given }) => void (batches = given),
  encode: ({ name }) => encode(name),
  first: () => [...first],
};

self.onmessage = async ({ data }) => {
  try {
    postMessage({ value: await answers[data.type](data) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
