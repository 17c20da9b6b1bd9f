"""Tokenizers: ours natively and in Python, transformers.js' in the same page, Hugging Face's own in CPython.

Every round has text that nobody has seen (*cold*) and the same again (*warm*); the variants take turns, in
another order each round, and a first round that is not counted is for the compilers of all. Ours give ids,
and offsets as columns; `@huggingface/tokenizers` gives ids and tokens, and has no offsets; Hugging Face's
`tokenizers` gives an encoding that holds all, of which the ids are taken. The text is a list of passages of
2,000 characters: one call of ours takes 100,000 characters of them, the others take one each. Everything is
in one thread and without special tokens, truncation and padding.

In the page a sample is the mean of several such batches, each with words of its own: one alone takes the
kernel so few milliseconds that whatever else the machine does decides. Where the system tells it, processor
time is measured too.
"""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from wardian_build import paths, progress, vendor
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.processor_time import WorkerClock
from wardian_build.bench.report import Row, row
from wardian_build.bench.tokenizers_text import one_line, one_word, passages
from wardian_build.harness import build_harness
from wardian_build.runtimes import read_runtimes

__all__ = ["MODELS", "configuration", "measure"]

#: What is measured, and the fixture it is measured with.
MODELS = {
    "WordPiece (MiniLM)": "minilm",
    "byte-level BPE (Qwen 3)": "qwen3",
    "Unigram (DeBERTa 3)": "deberta3",
}
CHARACTERS = 100_000
#: Batches of so many characters in a sample.
BATCHES = 5
#: Lengths of one line and of one word; beyond these only natively, where it takes no minutes.
LENGTHS, LONGEST = (1_000, 100_000), 10_000_000
KINDS = ("native", "python")

_PAGES = Path(__file__).parent / "pages"
_PEER = "@huggingface/tokenizers 0.2.0"
_OURS = {"native": "Wardian, kernel", "python": "Wardian, Python"}

_PREPARE = """
import json, time
from js import fetch
from wardian.tokenizers import Tokenizer
kept = {}
async def load(name, kind):
    answer = await fetch(f"/bench/{name}.{'prepared' if kind == 'prepared' else 'json'}")
    content = (await answer.arrayBuffer()).to_bytes()
    began = time.perf_counter()
    if kind == "prepared":
        tokenizer = Tokenizer.from_prepared(content)
    else:
        tokenizer = Tokenizer.from_bytes(content, backend=kind)
    took = (time.perf_counter() - began) * 1e3
    kept[name, kind] = tokenizer
    return took
def take():
    global batches
    batches = json.load(open("/bench/texts.json"))
def encode(name, kind):
    global columns
    tokenizer = kept[name, kind]
    assert tokenizer.backend == kind
    began = time.perf_counter()
    for texts in batches:
        found = tokenizer.encode_batch(texts, add_special_tokens=False)
        columns = [(one.ids, one.starts, one.ends) for one in found]
    return (time.perf_counter() - began) * 1e3
def first():
    return columns[0][0].tolist()
None
"""


#: A clock for each variant.
Clocks = dict[str, WorkerClock]
#: Milliseconds in which a worker that had its turn may collect its garbage.
_PAUSE = 100


class Times(NamedTuple):
    """Milliseconds of the day, and of the processor."""

    day: float
    processor: float


def measure(rounds: int) -> list[Row]:
    """In the page; `tokenizers_native` measures in CPython."""
    with tempfile.TemporaryDirectory() as folder:
        site = build_harness(paths.SITE, Path(folder) / "site")
        _add_peer(site)
        with served(site) as url, chromium(Path(folder) / "profile") as context:
            page = context.new_page()
            page.goto(f"{url}/harness/tokenizers.html")
            until(page, "window.runPython && window.peerLoad")
            _python(page, _PREPARE)
            loading = list(_loading(page, rounds))
            clocks = _clocks(page, Path(folder) / "profile")
            return [*loading, *_encoding(page, rounds, clocks), *_growth(page, rounds, clocks)]


def _clocks(page: Page, profile: Path) -> Clocks:
    """The clocks of both workers: ours runs in the Python worker, the peer in one of its own."""
    ours = WorkerClock(profile, lambda: _python(page, "sum(range(3_000_000))"))
    peer = WorkerClock(profile, lambda: page.evaluate("(name) => window.peerLoad(name)", "qwen3"))
    return {**dict.fromkeys(KINDS, ours), "peer": peer}


def configuration(name: str) -> bytes:
    """A fixture's `tokenizer.json` without the truncation and padding that it has baked in."""
    if name == "minilm":
        content = (paths.MODELS / "all-MiniLM-L6-v2" / "tokenizer.json").read_bytes()
    else:
        runtimes = read_runtimes()
        artefact = runtimes.named("tokenizer", f"{name}.json")
        content = vendor.artefacts([artefact], runtimes)[artefact].read_bytes()
    return json.dumps(
        {**json.loads(content), "truncation": None, "padding": None}, ensure_ascii=False
    ).encode()


def _add_peer(site: Path) -> None:
    """The peer, its worker, and the fixtures as raw JSON and prepared."""
    from wardian.tokenizers.prepare import prepare

    runtimes = read_runtimes()
    peer = runtimes.named("peer", "tokenizers.min.mjs")
    shutil.copy2(vendor.artefacts([peer], runtimes)[peer], site / "harness" / peer.name)
    for name in ("tokenizers.html", "tokenizers_page.js", "tokenizers_worker.js"):
        shutil.copy2(_PAGES / name, site / "harness" / name)
    (site / "bench").mkdir()
    for name in MODELS.values():
        content = configuration(name)
        (site / "bench" / f"{name}.json").write_bytes(content)
        (site / "bench" / f"{name}.prepared").write_bytes(prepare(json.loads(content)))


def _python(page: Page, code: str, batches: Sequence[Sequence[str]] = ()) -> Any:
    packed = base64.b64encode(json.dumps(batches).encode()).decode()
    packages = ["regex"] if code is _PREPARE else []
    return page.evaluate(
        "([code, files, packages]) => window.runPython(code, files, packages)",
        [code, {"/bench/texts.json": packed}, packages],
    )


def _loading(page: Page, rounds: int) -> Iterator[Row]:
    """From the bytes in memory to a tokenizer that encodes."""
    for what, name in MODELS.items():
        samples: dict[str, list[float]] = {}
        for number in range(rounds + 1):
            times = {kind: _python(page, f"await load({name!r}, {kind!r})") for kind in ("prepared", *KINDS)}
            times["peer"] = page.evaluate("(name) => window.peerLoad(name)", name)
            for kind, time in times.items():
                if number > 0:
                    samples.setdefault(kind, []).append(time)
        titles = {"prepared": "Wardian, prepared file", "peer": _PEER}
        titles |= {kind: f"{_OURS[kind]}, raw JSON" for kind in KINDS}
        for kind, title in titles.items():
            yield row("tokenizers", f"load {what}", title, samples[kind])


def _encoding(page: Page, rounds: int, clocks: Clocks) -> Iterator[Row]:
    """Cold and warm, all languages."""
    for what, name in MODELS.items():
        samples: dict[str, dict[str, list[Times]]] = {"cold": {}, "warm": {}}
        for number in range(rounds + 1):
            batches = [passages(BATCHES * number + part, CHARACTERS) for part in range(BATCHES)]
            for found in samples.values():
                for kind, times in _turns(page, name, batches, _order(number), clocks).items():
                    if number > 0:  # the first round is for the compilers
                        found.setdefault(kind, []).append(times)
        for temperature, found in samples.items():
            about = f"{what}, {CHARACTERS // 1000} kB, {temperature}"
            for kind in (*KINDS, "peer"):
                title = _OURS.get(kind, _PEER)
                yield row("tokenizers", about, title, [times.day for times in found[kind]])
            for kind in (*KINDS, "peer") if clocks["peer"].ticks else ():
                title = _OURS.get(kind, _PEER)
                yield row(
                    "tokenizers", f"{about}, processor", title, [times.processor for times in found[kind]]
                )


def _order(number: int) -> list[str]:
    """The variants in another order each round: nobody always comes behind the same one."""
    kinds = [*KINDS, "peer"]
    first = number % len(kinds)
    return kinds[first:] + kinds[:first]


def _turns(
    page: Page, name: str, batches: Sequence[Sequence[str]], kinds: Sequence[str], clocks: Clocks
) -> dict[str, Times]:
    """What each variant takes for a batch in the mean, one variant after the other."""
    found: dict[str, Times] = {}
    first: dict[str, list[int]] = {}
    _python(page, "take()", batches)
    page.evaluate("(batches) => window.peerTake(batches)", batches)
    for kind in kinds:
        page.wait_for_timeout(_PAUSE)
        began = clocks[kind].milliseconds()
        if kind == "peer":
            taken = page.evaluate("(name) => window.peerEncode(name)", name)
        else:
            taken = _python(page, f"encode({name!r}, {kind!r})")
        ran = clocks[kind].milliseconds() - began
        found[kind] = Times(taken / len(batches), ran / len(batches))
        first[kind] = page.evaluate("window.peerFirst()") if kind == "peer" else _python(page, "first()")
    mine = {tuple(first[kind]) for kind in kinds if kind != "peer"}
    assert len(mine) <= 1, f"{name}: our encoders disagree"
    if first.get("peer", first["native"]) != first["native"]:
        progress.say(f"[bench] {_PEER} gives other ids than we do: {name}, {batches[-1][0][:40]!a}…")
    return found


def _growth(page: Page, rounds: int, clocks: Clocks) -> Iterator[Row]:
    """One long line and one long word: a hundred times the text should be a hundred times the work."""
    name = "qwen3"
    for shape, make in (("line", one_line), ("word", one_word)):
        for length in (*LENGTHS, LONGEST):
            kinds = ("native",) if length == LONGEST else (*KINDS, "peer")
            samples: dict[str, list[float]] = {}
            for number in range(1 if length == LONGEST else rounds):
                for kind, times in _turns(page, name, [[make(number, length)]], kinds, clocks).items():
                    samples.setdefault(kind, []).append(times.day)
            for kind in kinds:
                about = f"one {shape} of {length // 1000} kB, Qwen 3"
                yield row("tokenizers", about, _OURS.get(kind, _PEER), samples[kind])
