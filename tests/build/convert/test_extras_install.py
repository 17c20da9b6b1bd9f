"""Extras without any framework: what is left when an installation or a script fails, and idle options."""

from __future__ import annotations

import errno
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from small_onnx import linear

from wardian_build import paths, process
from wardian_build.convert import extras
from wardian_build.convert.conversion import Options
from wardian_build.convert.extras import EXTRAS, FRAMEWORKS, interpreter, run_script
from wardian_build.convert.run import converted
from wardian_build.errors import CommandError, ConversionError

HERE = Path("net.joblib")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def test_every_extra_has_its_list() -> None:
    assert set(EXTRAS) == set(FRAMEWORKS)
    for extra in EXTRAS.values():
        assert "--hash=sha256:" in extra.requirements.read_text("utf-8")
        assert extra.folder.name.startswith(f"{extra.name}-")


@pytest.mark.parametrize("failure", [CommandError("pip", 1, "no network"), KeyboardInterrupt()])
def test_an_installation_that_fails_leaves_nothing(
    failure: BaseException, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pip(extra: extras.Extra, requirements: Path) -> None:
        (extra.folder / "half.py").write_text("")
        raise failure

    monkeypatch.setattr(process, "run", lambda *_: "")
    monkeypatch.setattr(extras, "_pip", pip)
    with pytest.raises(type(failure)):
        interpreter(EXTRAS["keras"], HERE, Options(extras=("keras",)))
    # The lock stays: one that is taken away while another process waits for it would hold nobody.
    assert {*cache.rglob("*")} == {cache / "extras", EXTRAS["keras"].folder.with_suffix(".lock")}


def test_an_installation_is_done_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(process, "run", lambda *_: "")
    monkeypatch.setattr(extras, "_pip", lambda extra, requirements: asked.append(requirements.name))
    for _ in range(2):
        assert interpreter(EXTRAS["keras"], HERE, Options(extras=("keras",))) == EXTRAS["keras"].python
    # Installed, it is used without being asked for.
    interpreter(EXTRAS["keras"], HERE, Options())
    assert asked == ["convert-keras.txt"]


def test_who_comes_meanwhile_waits_and_installs_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    others: list[threading.Thread] = []

    def pip(extra: extras.Extra, requirements: Path) -> None:
        asked.append(requirements.name)
        others.append(threading.Thread(target=wanted))
        others[0].start()
        others[0].join(0.3)
        assert others[0].is_alive()

    def wanted() -> None:
        interpreter(EXTRAS["keras"], HERE, Options(extras=("keras",)))

    monkeypatch.setattr(process, "run", lambda *_: "")
    monkeypatch.setattr(extras, "_pip", pip)
    wanted()
    others[0].join()
    assert asked == ["convert-keras.txt"] and extras.installed(EXTRAS["keras"])


def fake(folder: Path, code: str) -> Path:
    """A Python that does something else: its third argument is the folder of the request."""
    path = folder / "python"
    path.write_text(
        f"#!{sys.executable}\nimport json, pathlib, sys\nfolder = pathlib.Path(sys.argv[3])\n{code}\n"
    )
    path.chmod(0o755)
    return path


def answered(python: Path) -> Any:
    with run_script(python, "sklearn_describe", HERE, {"do": "describe"}) as answer:
        return answer.table


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os.abort()", r"without an answer \(exit code -6\)"),
        ("print('reason', file=sys.stderr); exit(3)", r"exit code 3\)(?s:.*)reason"),
        ("(folder / 'answer.json').write_text('{')", "an answer that is not JSON"),
        (
            "text = json.dumps({'error': {'problem': 'is odd', 'place': 'step 2'}})\n"
            "(folder / 'answer.json').write_text(text)",
            r"net\.joblib is odd \(step 2\)",
        ),
    ],
)
def test_scripts_that_fail_are_told_of(code: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=words):
        answered(fake(tmp_path, code))


def test_the_request_reaches_the_script(tmp_path: Path) -> None:
    code = "(folder / 'answer.json').write_text((folder / 'request.json').read_text())"
    assert answered(fake(tmp_path, code)) == {"do": "describe", "source": str(HERE.absolute())}


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ConversionError, match="the disk is full"):
        answered(Path(sys.executable))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data": HERE}, r"--data is of no use for an ONNX file(?s:.*)--reference"),
        ({"extras": ("torch",)}, "--extra is of no use for an ONNX file"),
        ({"python": HERE}, "--python is of no use for an ONNX file"),
    ],
)
def test_idle_options_are_refused(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(linear().SerializeToString())
    with (
        pytest.raises(ConversionError, match=words),
        converted(tmp_path / "net.onnx", tmp_path / "out", Options(**options)),
    ):
        pass
    assert not (tmp_path / "out").exists()


def test_a_python_is_named_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script runs in another folder. A link stays one: the environment is where it lies."""
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    python = interpreter(EXTRAS["keras"], HERE, Options(python=Path("venv/python")))
    assert python == tmp_path / "venv" / "python"
    with pytest.raises(ConversionError, match=r"net\.joblib cannot be opened"):
        answered(python)
