/** Images that a visitor picks, pastes or drops: the bytes go to Python, a bitmap is only for the preview. */

export interface PickedImage {
  file: Uint8Array;
  name: string;
  /** `null` when the browser cannot show it; Python then says what is wrong with the file. */
  bitmap: ImageBitmap | null;
}

/** A preview of a huge picture would take its memory twice, so it is decoded at this size. */
const PREVIEW = 640;
/** Beyond this the page does not read a file into memory at all; Python's own limit is in pixels. */
const MOST_BYTES = 100e6;

export function pickImage(): Promise<PickedImage | null> {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/*";
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(input.files?.[0] ? readImage(input.files[0]) : null));
    input.addEventListener("cancel", () => resolve(null));
    input.click();
  });
}

/** Images that are dropped on `element`, or pasted while it is on the page; `signal` ends listening. */
export function receiveImages(element: HTMLElement, use: (image: Promise<PickedImage>) => void, signal: AbortSignal): void {
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) use(readImage(file));
  });
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file && element.isConnected) use(readImage(file));
  }, { signal });
}

/** Draws a picture whole, in the middle of a canvas. */
export function drawFitted(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  canvas.getContext("2d")!.drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

async function readImage(file: File): Promise<PickedImage> {
  const bytes = new Uint8Array(await file.slice(0, MOST_BYTES).arrayBuffer());
  const size = pngSize(bytes);
  const tooLarge = size !== null && size.width * size.height > 50e6;
  const bitmap = tooLarge ? null : await createImageBitmap(file, { resizeWidth: PREVIEW, resizeQuality: "medium" }).catch(() => null);
  return { file: bytes, name: file.name, bitmap };
}

/** Width and height from a PNG's header: 12 kB can decode to gigabytes. */
function pngSize(bytes: Uint8Array): { width: number; height: number } | null {
  if (bytes.length < 24 || bytes[0] !== 0x89 || bytes[1] !== 0x50) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
