"""The page's side: the same code in Pyodide, sessions in onnxruntime-web, behind a harness page.

Of what was computed there only the catalogue crosses, and then the bytes of those arrays that are not the
native ones bit for bit.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wardian_build import cache, errors, packing
from wardian_build.errors import ParityError
from wardian_build.parity import columns, inside, remote
from wardian_build.parity.inside import Noted, Notes

__all__ = ["ModelFile", "PageSide", "Runner"]

Arrays = dict[str, NDArray[Any]]

PIECE = 8 << 20
"""Bytes that cross at once; a message to the browser has a limit."""

_SENT = {
    "__init__.py": None,
    "errors.py": errors,
    "packing.py": packing,
    "parity/__init__.py": None,
    "parity/columns.py": columns,
    "parity/inside.py": inside,
    "parity/remote.py": remote,
}
_PREPARE = """
import json, sys
if "/parity" not in sys.path: sys.path.insert(0, "/parity")
from wardian_build.parity import remote
"""
_FACTS = """
from js import navigator
gpu = getattr(navigator, "gpu", None)
adapter = gpu and await gpu.requestAdapter()
info = adapter and adapter.info
words = [info.vendor, info.architecture, info.description] if info else []
json.dumps({"browser": navigator.userAgent, "adapter": " ".join(dict.fromkeys(filter(None, words)))})
"""

ModelFile = tuple[str, str]
"""A model's id and the path of its ONNX file, both as on the site."""


class Runner(Protocol):
    """A harness page: it runs Python in the site's Python worker, and writes files there before."""

    def run(self, code: str, files: dict[str, str] | None = None) -> Any: ...


class PageSide:
    """Runs tasks and models in a page. `folder` is what is served at `url`; models are handed over there.

    `model` is an ONNX file that tasks run there in place of the site's own.
    """

    def __init__(self, runner: Runner, folder: Path, url: str, *, model: bytes | None = None) -> None:
        self.runner, self.folder, self.url = runner, folder, url
        self.model = model
        sent = {
            name: Path(str(module.__file__)).read_bytes() if module else b"" for name, module in _SENT.items()
        }
        files = {f"/parity/wardian_build/{name}": _base64(content) for name, content in sent.items()}
        self.facts: dict[str, Any] = json.loads(runner.run(_PREPARE + _FACTS, files))

    def record(
        self,
        source: str,
        task_id: str,
        cases: Sequence[Mapping[str, Any]],
        dtype: str | None,
        device: str,
        native: Sequence[Notes],
    ) -> tuple[list[Notes], dict[str, Any]]:
        """All stages of each case, and facts about the page. Raises ParityError when it does not open."""
        url = None if self.model is None else self._upload(self.model)
        request = {
            "source": source, "task_id": task_id, "cases": list(cases), "dtype": dtype, "device": device,
            "model_url": url,
        }  # fmt: skip
        answer = self._call("record_task", request)
        if "error" in answer:
            raise ParityError(f"the task {task_id} does not open in the page: {answer['error']}")
        pairs = zip(native, answer["cases"], strict=True)
        notes = [self._notes(mine, wire) for mine, wire in pairs]
        return notes, {**answer["facts"], **self.facts}

    def run_model(
        self, model: ModelFile | bytes, device: str, feeds: Sequence[Arrays], fetches: Sequence[str],
        native: Sequence[Arrays],
    ) -> tuple[list[Arrays], str]:  # fmt: skip
        """The outputs of a model, of the site or given, on a device; and the device that it really ran on."""
        content = model if isinstance(model, bytes) else self.model
        named = {"id": model[0], "path": model[1]} if content is None else self._upload(content)
        return self._run(named, device, None, feeds, fetches, native)

    def run_bytes(
        self,
        model: bytes,
        device: str,
        feeds: Arrays,
        fetches: Sequence[str],
        optimization: str,
        like: Arrays,
    ) -> Arrays:
        """The fetched outputs of an ONNX file."""
        outputs, where = self._run(self._upload(model), device, optimization, [feeds], fetches, [like])
        if where != device:
            raise ParityError(f"a piece of the model does not run on {device}, and went to {where}")
        return outputs[0]

    def _run(
        self, model: Any, device: str, optimization: str | None, feeds: Sequence[Arrays],
        fetches: Sequence[str], native: Sequence[Arrays],
    ) -> tuple[list[Arrays], str]:  # fmt: skip
        request = {
            "model": model, "device": device, "optimization": optimization,
            "feeds": [_packed(each) for each in feeds], "fetches": list(fetches),
        }  # fmt: skip
        answer = self._call("run_model", request)
        if "error" in answer:
            raise ParityError(f"the model does not run in the page on {device}: {answer['error']}")
        pairs = zip(native, answer["runs"], strict=True)
        return [self._arrays(run, mine) for mine, run in pairs], answer["device"]

    def _call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        files = {"/parity/request.json": _base64(json.dumps(request).encode())}
        code = f'json.dumps(await remote.answered(remote.{name}, json.load(open("/parity/request.json"))))'
        answer: dict[str, Any] = json.loads(self.runner.run(_PREPARE + code, files))
        return answer

    def _upload(self, content: bytes) -> str:
        """Lay a model where the page can fetch it."""
        name = f"parity/{hashlib.sha256(content).hexdigest()}.onnx"
        if not (self.folder / name).is_file():
            cache.write(self.folder / name, content)
        return f"{self.url}/{name}"

    def _notes(self, native: Notes, wire: Mapping[str, Any]) -> Notes:
        mine = {(stage.kind, stage.number): stage.arrays for stage in native.stages}
        stages = [
            Noted(
                stage["kind"],
                stage["number"],
                stage["session"],
                self._arrays(stage["arrays"], mine.get((stage["kind"], stage["number"]), {})),
            )
            for stage in wire["stages"]
        ]
        return Notes(stages, wire["error"])

    def _arrays(self, wire: Mapping[str, Any], native: Mapping[str, NDArray[Any]]) -> Arrays:
        return {name: self._array(entry, native.get(name)) for name, entry in wire.items()}

    def _array(self, entry: Mapping[str, Any], native: NDArray[Any] | None) -> NDArray[Any]:
        shape = tuple(entry["shape"])
        if "texts" in entry:
            texts = np.empty(len(entry["texts"]), object)
            texts[:] = entry["texts"]
            return texts.reshape(shape)
        alike = native is not None and (native.dtype.name, native.shape) == (entry["dtype"], shape)
        if alike and hashlib.sha256(native.tobytes()).hexdigest() == entry["sha256"]:  # type: ignore[union-attr]
            return native  # type: ignore[return-value]  # None is not alike
        dtype = np.dtype(entry["dtype"])
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        pieces = [
            base64.b64decode(self.runner.run(f"remote.piece({entry['number']}, {start}, {PIECE})"))
            for start in range(0, size, PIECE)
        ]
        return np.frombuffer(b"".join(pieces), dtype).reshape(shape) if size else np.zeros(shape, dtype)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _packed(arrays: Arrays) -> dict[str, Any]:
    """Feeds as `remote.run_model` reads them: numbers as an npz file, texts as they are."""
    texts = {name: array for name, array in arrays.items() if array.dtype.kind in "OU"}
    numbers = {name: array for name, array in arrays.items() if name not in texts}
    stream = io.BytesIO()
    np.savez(stream, **numbers)  # type: ignore[arg-type]  # its stub takes names for options
    return {
        "numbers": _base64(stream.getvalue()),
        "texts": {name: [list(array.shape), array.reshape(-1).tolist()] for name, array in texts.items()},
    }
