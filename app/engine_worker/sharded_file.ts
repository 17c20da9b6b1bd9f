/**
 * A file of external data that onnxruntime reads tensor by tensor, without ever being one ArrayBuffer: browsers
 * refuse those beyond 2 to 4 GB, and a second copy of the weights is what a page can least afford.
 *
 * onnxruntime takes a `Uint8Array` for a file and uses two things of it: `byteLength`, and `subarray(start, end)`,
 * whose result it copies into its own memory. A tensor inside one shard is a view; one across shards is put together.
 */

import type { ModelFile } from "../shared/site";
import type { Loaded } from "../shared/store/download";
import { shardsOf } from "../shared/store/manifest";

export class ShardedFile extends Uint8Array<ArrayBuffer> {
  private readonly parts: { start: number; bytes: Uint8Array<ArrayBuffer> }[];

  constructor(private readonly file: ModelFile, { shards }: Loaded) {
    super(new ArrayBuffer(0));
    let start = 0;
    this.parts = shardsOf(file).map(({ sha256, bytes }) => {
      const part = { start, bytes: shards.get(sha256)! };
      start += bytes;
      return part;
    });
  }

  override get byteLength(): number {
    return this.file.bytes;
  }

  override subarray(begin = 0, end = this.file.bytes): Uint8Array<ArrayBuffer> {
    const touched = this.parts.filter(({ start, bytes }) => start < end && start + bytes.byteLength > begin);
    const cut = ({ start, bytes }: (typeof touched)[number]) => bytes.subarray(Math.max(begin - start, 0), end - start);
    if (touched.length === 1) return cut(touched[0]!);
    const whole = new Uint8Array(end - begin);
    let offset = 0;
    for (const part of touched) {
      const piece = cut(part);
      whole.set(piece, offset);
      offset += piece.byteLength;
    }
    return whole;
  }
}
