/** A file read at any place, a window at a time: an ONNX file may be larger than memory. */

const WINDOW = 256 << 10;

export class BlobBytes {
  private readonly reader = new FileReaderSync();
  private start = 0;
  private bytes = new Uint8Array(0);

  constructor(private readonly file: Blob) {}

  get size(): number {
    return this.file.size;
  }

  /** Up to `most` bytes from a position; fewer at the end of the file. */
  at(position: number, most: number): Uint8Array {
    const end = Math.min(position + most, this.size);
    if (position < this.start || end > this.start + this.bytes.byteLength) {
      const length = Math.max(most, WINDOW);
      this.bytes = new Uint8Array(this.reader.readAsArrayBuffer(this.file.slice(position, position + length)));
      this.start = position;
    }
    return this.bytes.subarray(position - this.start, end - this.start);
  }
}
