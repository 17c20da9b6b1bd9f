// Drives the worker in which the peer's tokenizers run; ours run in the Python worker of the same page.
const worker = new Worker("tokenizers_worker.js", { type: "module" });
const call = (message) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.value));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message);
  });

window.peerLoad = (name) => call({ type: "load", name });
window.peerTake = (batches) => call({ type: "take", batches });
window.peerEncode = (name) => call({ type: "encode", name });
window.peerFirst = () => call({ type: "first" });
