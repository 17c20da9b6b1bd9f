/** Archives whose files are STORED, as the build writes the site's wheels: the transfer encoding compresses them. */

const END = 0x06054b50;
const END_BYTES = 22;
const STORED = 0;

/** The files of an archive, as views of its bytes; throws an Error where it is another kind of archive. */
export function* storedFiles(archive: Uint8Array<ArrayBuffer>): Generator<{ name: string; data: Uint8Array<ArrayBuffer> }> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const text = new TextDecoder();
  const end = archive.length - END_BYTES;
  // No comment follows: the end is where it must be.
  if (end < 0 || view.getUint32(end, true) !== END) throw new Error("not an archive, or one with a comment");
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number];
    const name = text.decode(archive.subarray(at + 46, at + 46 + nameBytes));
    if (view.getUint16(at + 10, true) !== STORED) throw new Error(`${name} is compressed`);
    const header = view.getUint32(at + 42, true);
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    yield { name, data: archive.subarray(start, start + view.getUint32(at + 20, true)) };
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
}
