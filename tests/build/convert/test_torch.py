"""PyTorch's programs and modules: what torch exported and computed, recorded, goes through the converter."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wardian_build import paths
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.interface import parse_input, parse_output
from wardian_build.convert.run import converted
from wardian_build.convert.sources import recognise
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "torch.json").read_text("utf-8"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text("def picture(): ...\ndef text(): ...\n")
    return tmp_path / "net.py"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """In place of torch, what it answered."""

    @contextmanager
    def run_script(
        python: Path, script: str, source: Path, request: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> Iterator[extras.Answer]:
        case = GOLDEN["cases"][request["function"]]
        assert (script, request["opset"]) == ("torch_export", 18)
        folder = tmp_path / "answer"
        folder.mkdir()
        for name, content in case["files"].items():
            (folder / name).write_bytes(base64.b64decode(content))
        yield extras.Answer(case["answer"], folder)

    monkeypatch.setattr(extras, "interpreter", lambda *_: tmp_path / "python")
    monkeypatch.setattr(extras, "run_script", run_script)
    return tmp_path


@pytest.mark.parametrize("name", GOLDEN["cases"])
def test_exports_agree_with_torch(name: str, recorded: Path, source: Path) -> None:
    inputs = [parse_input(one) for one in GOLDEN["cases"][name]["inputs"]]
    outputs = [parse_output("output=logits")] if name == "text" else []
    options = Options(trust=True, inputs=inputs, outputs=outputs, dtypes=("fp32",))
    with converted(source.with_name(f"net.py:{name}"), recorded / "out", options) as done:
        found = done.comparisons["fp32 against the source"]
        assert {one.output for one in found} == ({"logits"} if name == "text" else {"logits", "pooled"})
        assert all(one.relative < 1e-6 and one.values > 0 for one in found)
        assert [spec.dims for spec in done.conversion.inputs] == [spec.dims for _, spec in inputs]
        # Two runs: the example, and one with other lengths.
        assert len(done.conversion.reference.inputs) == 2
        assert done.conversion.reference.made_by.startswith("PyTorch 2.13.0")


def test_what_is_a_torch_source(tmp_path: Path, source: Path) -> None:
    for member in ("net/archive_format", "serialized_exported_program.json"):
        with zipfile.ZipFile(tmp_path / "a.pt2", "w") as archive:
            archive.writestr(member, "pt2")
        assert recognise(tmp_path / "a.pt2").format == "torch"
    found = recognise(Path(f"{source}:picture"))
    assert (found.format, found.model) == ("torch", source)
    for path in (f"{source}:not a name", f"{source.with_name('other.py')}:picture"):
        with pytest.raises(ConversionError, match="does not exist"):
            recognise(Path(path))


def test_code_needs_trust_and_torch_is_asked_for(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    path = Path(f"{source}:picture")
    with (
        pytest.raises(ConversionError, match=r"net\.py is Python code(?s:.*)Nothing of it was run"),
        converted(path, tmp_path / "out", Options()),
    ):
        pass
    with (
        pytest.raises(UnsupportedError, match=r"PyTorch and onnxscript(?s:.*)--extra torch"),
        converted(path, tmp_path / "out", Options(trust=True)),
    ):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["net.py"]
