"""StridedSlice: x[1, ..., newaxis, ::2] as begin, end, strides and five masks, a bit for each entry between
the commas.

Source: `strided_slice_op` of TensorFlow's API, `slice_util.ts` of tensorflow/tfjs.
"""

from __future__ import annotations

import numpy as np

from wardian_build.convert.tfjs.emit import Call, operator

__all__: list[str] = []

_END, _BEGIN = np.iinfo(np.int64).max, np.iinfo(np.int64).min


class _Slices:
    """What ONNX needs: slices along axes of the input, then axes to remove, then axes to add."""

    def __init__(self) -> None:
        self.starts: list[str] = []
        self.ends: list[str] = []
        self.axes: list[int] = []
        self.steps: list[int] = []
        self.removed: list[int] = []
        self.added: list[int] = []


@operator("StridedSlice")
def strided_slice(c: Call) -> str:
    slices = _read(c)
    value = c.input(0)
    if slices.axes:
        starts, ends = (
            one if len(one) == 1 else [c.op("Concat", *one, axis=0)] for one in (slices.starts, slices.ends)
        )
        value = c.op("Slice", value, starts[0], ends[0], c.ints(*slices.axes), c.ints(*slices.steps))
    if slices.removed:
        value = c.op("Squeeze", value, c.ints(*slices.removed))
    if slices.added:
        value = c.op("Unsqueeze", value, c.ints(*slices.added))
    return value


def _read(c: Call) -> _Slices:
    known = [value for value in map(c.constant, (1, 2, 3)) if value is not None]
    if not known:
        raise c.unsupported("with begin, end and strides all computed", "make the number of axes known")
    count = len(known[0].reshape(-1))
    masks = {name: c.attributes.integer(f"{name}_mask") for name in _MASKS}
    ellipses = [i for i in range(count) if masks["ellipsis"] >> i & 1]
    at = ellipses[0] if ellipses else count
    strides = c.integers(3, "strides")
    found, before, after = _Slices(), list(range(at)), list(range(at + 1, count))
    source = target = 0
    for i in before:
        new, gone = masks["new_axis"] >> i & 1, masks["shrink_axis"] >> i & 1
        _entry(c, found, i, source, target, strides[i], masks)
        source, target = source + (not new), target + (bool(new) or not gone)
    # What follows an ellipsis is counted from the end, so that the number of axes need not be known.
    source = target = 0
    for i in reversed(after):
        new, gone = masks["new_axis"] >> i & 1, masks["shrink_axis"] >> i & 1
        _entry(c, found, i, source - 1, target - 1, strides[i], masks)
        source, target = source - (not new), target - (bool(new) or not gone)
    return found


_MASKS = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")


def _entry(
    c: Call, found: _Slices, i: int, source: int, target: int, step: int, masks: dict[str, int]
) -> None:
    """One entry between commas, for axis `source` of the input or `target` of the result."""
    if masks["new_axis"] >> i & 1:
        found.added.append(target)
        return
    shrink = masks["shrink_axis"] >> i & 1
    whole_begin, whole_end = masks["begin"] >> i & 1 and not shrink, masks["end"] >> i & 1 and not shrink
    if whole_begin and whole_end and step == 1:
        return
    if shrink:
        step = 1
        found.removed.append(source)
    begin = c.ints(0 if step > 0 else _END) if whole_begin else _bound(c, 1, i)
    if shrink:
        end = _next(c, i, begin)
    else:
        end = c.ints(_END if step > 0 else _BEGIN) if whole_end else _bound(c, 2, i)
    found.starts.append(begin)
    found.ends.append(end)
    found.axes.append(source)
    found.steps.append(step)


def _bound(c: Call, index: int, i: int) -> str:
    """Entry i of begin (1) or end (2), as a list of one."""
    value = c.constant(index)
    return c.op("Gather", c.input(index), c.ints(i)) if value is None else c.ints(int(value.reshape(-1)[i]))


def _next(c: Call, i: int, begin: str) -> str:
    """The end of a slice of one entry; after −1, the last, comes the end and not 0."""
    value = c.constant(1)
    if value is not None:
        return c.ints(int(value.reshape(-1)[i]) + 1 or _END)
    following = c.op("Add", begin, c.ints(1))
    return c.op("Where", c.op("Equal", following, c.ints(0)), c.ints(_END), following)
