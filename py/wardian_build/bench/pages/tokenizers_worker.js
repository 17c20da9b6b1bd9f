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

/** Milliseconds for all texts, the number of tokens, and the ids of the first text. */
function encode(name, texts) {
  const tokenizer = tokenizers.get(name);
  let tokens = 0;
  let first;
  const began = performance.now();
  for (const text of texts) {
    const { ids } = tokenizer.encode(text, { add_special_tokens: false });
    first ??= ids;
    tokens += ids.length;
  }
  return { milliseconds: performance.now() - began, tokens, first: [...first] };
}

self.onmessage = async ({ data }) => {
  try {
    postMessage({ value: data.type === "load" ? await load(data.name) : encode(data.name, data.texts) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
