/**
 * The canary of a model that came without one, a visitor's own: nobody could ship a reference, so it is made on
 * this device, by the same file on WASM. Inputs are made up from what the model declares; a model that cannot run
 * with those, or from which nothing is to be seen, is compared in its first real run.
 */

import type { InferenceSession, Tensor } from "onnxruntime-common";

import { DeviceFault, errorFrom } from "../shared/errors";
import { type CanaryInput, differs, filled, numbersOf } from "./canary";
import { inTime } from "./gpu";
import { madeInput } from "./made_input";
import type { Ort } from "./runtime";
import { specsOf, toOrt } from "./tensors";

/** Values of an output that are compared, evenly spaced over it. */
const SAMPLES = 1024;

type Feeds = Record<string, Tensor>;

interface Sampled {
  name: string;
  dims: number[];
  values: (number | null)[];
}

export class OwnReference {
  /** Why the GPU's numbers cannot be compared with anything; null where they can, or could. */
  impossible: string | null = null;
  private feeds: Feeds = {};
  private expected: Sampled[] = [];
  /** The model on WASM, kept for the first real run where made-up inputs did not do. */
  private reference: InferenceSession | null = null;

  private constructor(private readonly tolerance: number) {}

  /** `open` opens the model on WASM; `mayStay`: whether it fits beside the same model on WebGPU. */
  static async make(
    ort: Ort, tolerance: number, mayStay: boolean, open: () => Promise<InferenceSession>,
  ): Promise<OwnReference> {
    const made = new OwnReference(tolerance);
    try {
      made.reference = await open();
    } catch (error) {
      made.impossible = errorFrom(error).message;
      return made;
    }
    await made.tryMadeUp(ort, made.reference);
    if (made.expected.length > 0) await made.forget();
    else if (!mayStay) {
      made.impossible = "it does not run with made-up inputs, and does not fit into memory twice";
      await made.forget();
    }
    return made;
  }

  /** Of a model that WASM cannot hold: `reason` says so. */
  static impossible(reason: string): OwnReference {
    return Object.assign(new OwnReference(0), { impossible: reason });
  }

  private async tryMadeUp(ort: Ort, reference: InferenceSession): Promise<void> {
    try {
      this.feeds = Object.fromEntries(specsOf(reference.inputMetadata).map((spec) => {
        const { name, dtype, dims, fill }: CanaryInput = madeInput(spec);
        return [name, toOrt(ort, { name, dtype, dims, data: filled(fill, dtype, dims) })];
      }));
      this.expected = await sampled(await reference.run(this.feeds));
    } catch {
      // Lengths that the model does not take, or inputs without numbers: the first real run tells.
      this.expected = [];
    }
  }

  /** Rejects with a DeviceFault if the GPU computes something else from the made-up inputs. */
  async check(session: InferenceSession): Promise<void> {
    if (this.expected.length === 0) return;
    const results = await inTime(session.run(this.feeds, this.expected.map(({ name }) => name)));
    await this.compare(this.expected, results);
    this.expected = [];
    this.feeds = {};
  }

  /** What a real run should give; null where nothing is left to be proved, or WASM cannot run it. */
  async expect(feeds: Feeds, fetches: string[]): Promise<Sampled[] | null> {
    if (!this.reference) return null;
    try {
      const expected = await sampled(await this.reference.run(feeds, fetches));
      return expected.length > 0 ? expected : null;
    } catch {
      return null;
    }
  }

  /** Rejects with a DeviceFault if results are not as expected; the model on WASM is given up if they are. */
  async settle(expected: Sampled[], results: Feeds): Promise<void> {
    await this.compare(expected, results);
    await this.forget();
  }

  async forget(): Promise<void> {
    const reference = this.reference;
    this.reference = null;
    await reference?.release();
  }

  private async compare(expected: Sampled[], results: Feeds): Promise<void> {
    for (const { name, dims, values } of expected) {
      const found = await numbersOf(results[name]!, false);
      const wrong = differs(values, results[name]!.dims, dims, found, this.tolerance);
      if (wrong) throw new DeviceFault("canary", `${name}: ${wrong}`);
    }
  }
}

/**
 * Outputs from which a fault would show: of floats, where there are any (a whole number may be the place of the best
 * of two nearly equal scores), and not all zero.
 */
async function sampled(results: Feeds): Promise<Sampled[]> {
  const numeric = Object.entries(results).filter(([, { type }]) => type !== "string");
  const floats = numeric.filter(([, { type }]) => type.startsWith("float"));
  const found: Sampled[] = [];
  for (const [name, tensor] of floats.length > 0 ? floats : numeric) {
    const data = await numbersOf(tensor, false);
    const count = Math.min(SAMPLES, data.length);
    const values = Array.from({ length: count }, (_, k) => Number(data[Math.floor((k * data.length) / count)]));
    const finite = values.map((value) => (Number.isFinite(value) ? value : null));
    if (finite.some(Boolean)) found.push({ name, dims: [...tensor.dims], values: finite });
  }
  return found;
}
