"""From navigation to the first answer: our tasks, and transformers.js with the same MiniLM files.

Both are served from this machine with cross-origin isolation, so both have threads. The peer runs as shipped
(its own bundle and its default WebAssembly build, from local files) and remapped to the plain WASM build. A
*first visit* has an empty profile; a *revisit* is a new page in a browser that was closed and opened again
after the site had stored what it stores. Ours is the whole app: the form is drawn, filled in, and the answer
shown; the peer's page is a script that shows one line.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext

from wardian_build import paths, vendor
from wardian_build.bench.browser import chromium, served, until
from wardian_build.bench.report import Row, row
from wardian_build.model_card import read_card
from wardian_build.runtimes import read_runtimes

__all__ = ["measure", "peer_site"]

_PAGES = Path(__file__).parent / "pages"
#: Visits before the measured one: the service worker installs, and V8 keeps compiled code from the second on.
_VISITS_BEFORE = 2


@dataclass(frozen=True)
class Variant:
    """One page to time: the address, and what tells that its answer is there."""

    what: str
    name: str
    path: str
    answered: str
    #: True once the page has stored all it stores.
    settled: str
    draft: str = ""


_ANSWER_TIME = "performance.getEntriesByName('answered')[0]?.startTime"
_SEARCH_DRAFT = """{
  "text": "The bakery opens at six.\\n\\nLeaves turn light into sugar.\\n\\nThe night train leaves at ten.",
  "query": "How do plants make food?"
}"""
_DIGITS_DRAFT = '{ "drawing": [[90, 60, 230, 60, 150, 270]] }'
_SAVED = "document.querySelector('.badge[data-state=yes]') !== null"

VARIANTS = [
    Variant(
        "MiniLM q8: to the first answer",
        "Wardian, task search",
        "#/search",
        ".passage",
        _SAVED,
        _SEARCH_DRAFT,
    ),
    Variant(
        "MiniLM q8: to the first answer", "transformers.js as shipped", "shipped.html", "#answer", "true"
    ),
    Variant(
        "MiniLM q8: to the first answer", "transformers.js on plain WASM", "plain.html", "#answer", "true"
    ),
    Variant(
        "digits: to the first answer", "Wardian, task digits", "#/digits", ".bar.best", _SAVED, _DIGITS_DRAFT
    ),
]


def measure(rounds: int) -> list[Row]:
    """Interleaved rounds of first visits and revisits of every variant."""
    first: dict[Variant, list[float]] = {variant: [] for variant in VARIANTS}
    again: dict[Variant, list[float]] = {variant: [] for variant in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        peer = peer_site(Path(folder) / "peer")
        with served(paths.SITE) as ours_url, served(peer, headers="isolation") as peer_url:
            for number in range(rounds):
                for index, variant in enumerate(VARIANTS):
                    url = f"{peer_url if variant.path.endswith('.html') else ours_url}/{variant.path}"
                    profile = Path(folder) / f"profile-{number}-{index}"
                    with chromium(profile) as context:
                        first[variant].append(_visit(context, url, variant))
                        for _ in range(_VISITS_BEFORE):
                            _visit(context, url, variant)
                    with chromium(profile) as context:
                        again[variant].append(_visit(context, url, variant))
                    shutil.rmtree(profile, ignore_errors=True)
    return [
        row("startup", f"{variant.what}, {visit}", variant.name, samples[variant])
        for visit, samples in (("first visit", first), ("revisit", again))
        for variant in VARIANTS
    ]


def _visit(context: BrowserContext, url: str, variant: Variant) -> float:
    """Milliseconds from navigation to the answer, by the page's own clock."""
    page = context.new_page()
    page.add_init_script(_fill_in(variant))
    page.goto(url)
    until(page, f"{_ANSWER_TIME} !== undefined")
    time = float(page.evaluate(_ANSWER_TIME))
    until(page, variant.settled)
    page.close()
    return time


def _fill_in(variant: Variant) -> str:
    """A visitor who has typed before: the draft is there, Run is pressed as soon as it exists."""
    task = variant.path.removeprefix("#/")
    return f"""
      if ({variant.draft!r} !== "") sessionStorage.setItem("wardian.draft.{task}", {variant.draft!r});
      new MutationObserver((_, observer) => {{
        const run = document.querySelector(".primary");
        if (run && !window.pressed) {{ window.pressed = true; run.click(); }}
        if (!document.querySelector({variant.answered!r})) return;
        performance.mark("answered");
        observer.disconnect();
      }}).observe(document, {{ childList: true, subtree: true, attributes: true, characterData: true }});
    """


def peer_site(target: Path) -> Path:
    """transformers.js, its engine and MiniLM as a static folder.

    Its q8 is the published file; "minilm-rows" has ours, of the same weights.
    """
    runtimes = read_runtimes()
    wanted = [artefact for artefact in runtimes.artefacts if artefact.group == "peer"]
    target.mkdir(parents=True)
    for artefact, path in vendor.artefacts(wanted, runtimes).items():
        shutil.copy2(path, target / artefact.name)
    pages = (
        "shipped.html",
        "shipped.js",
        "plain.html",
        "plain.js",
        "peer_answer.js",
        "embed.html",
        "embed.js",
    )
    for name in pages:
        shutil.copy2(_PAGES / name, target / name)
    source = paths.MODELS / "all-MiniLM-L6-v2"
    for folder, weights in (("minilm", _published()), ("minilm-rows", source / "onnx" / "model_q8.onnx")):
        model = target / "models" / folder
        (model / "onnx").mkdir(parents=True)
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            shutil.copy2(source / name, model / name)
        shutil.copy2(weights, model / "onnx" / "model_quantized.onnx")
    return target


def _published() -> Path:
    """The ONNX file that MiniLM's q8 has its weights from."""
    card = read_card(paths.STATIC / "models" / "all-MiniLM-L6-v2" / "README.md")
    (file,) = (file for file in card.files if file.path == card.dtypes["q8"])
    (member,) = (member for member in file.inputs if member.path.endswith(".onnx"))
    return vendor.members(member.source, [member.path])[member.path]
