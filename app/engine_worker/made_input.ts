/** Inputs for a model of which only its declaration is known: as `_input` of `py/wardian_build/canary.py`, rule for rule. */

import type { TensorSpec } from "../shared/messages";
import type { CanaryInput } from "./canary";

/** Length of a symbolic dimension whose name contains the word; the first that fits is taken. */
const DIMS: [word: string, length: number][] = [
  ["batch", 1], ["past", 0], ["total", 8], ["seq", 8], ["length", 8], ["height", 64], ["width", 64],
  ["channel", 3], ["frame", 16],
];
const OTHER_DIM = 1;

export function madeInput({ name, dtype, dims }: TensorSpec): CanaryInput {
  return { name, dtype, dims: dims.map(lengthOf), fill: fillOf(name.toLowerCase(), dtype) };
}

function fillOf(name: string, dtype: TensorSpec["dtype"]): CanaryInput["fill"] {
  if (dtype.startsWith("float")) return "fraction";
  if (dtype === "bool" || name.includes("mask")) return "ones";
  if (name.includes("type")) return "zeros";
  return name.includes("position") ? "range" : "ids";
}

function lengthOf(dim: number | string): number {
  if (typeof dim === "number") return dim;
  const lower = dim.toLowerCase();
  return DIMS.find(([word]) => lower.includes(word))?.[1] ?? OTHER_DIM;
}
