/** Whether there is a GPU worth using. */

/** A software adapter is slower than WASM. */
export async function hasGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter();
  return adapter ? !isSoftware(adapter) : false;
}

function isSoftware(adapter: GPUAdapter): boolean {
  const { architecture, description, isFallbackAdapter } = adapter.info;
  return isFallbackAdapter || /swiftshader|llvmpipe|software/i.test(`${architecture} ${description}`);
}
