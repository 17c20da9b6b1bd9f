"""`import { pipeline } from "./wardian.js"` from any page of the site."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.drawing import png_of_seven
from tests.browser.visitor import Watched, fresh_profile


@pytest.fixture(scope="module")
def host(browser: Browser, site_url: str) -> Iterator[Page]:
    """A page that is not ours: all it has from us is the import, with the workers that it started."""
    watched = Watched()
    page = fresh_profile(browser, watched).new_page()
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{site_url}/NOTICE.txt")
    yield page
    page.context.close()
    watched.check()


@pytest.fixture
def api(host: Page) -> Page:
    return host


def call(page: Page, body: str, argument: object = None) -> object:
    code = f"async (argument) => {{ const {{ pipeline }} = await import('/wardian.js'); {body} }}"
    return page.evaluate(code, argument)


def test_feature_extraction_gives_normalised_vectors(api: Page) -> None:
    result = call(
        api,
        """
        const seen = new Set();
        const extract = await pipeline("feature-extraction", "all-MiniLM-L6-v2", {
          device: "wasm", dtype: "q8", progress_callback: (p) => seen.add(p.status) });
        const texts = ["A cat sleeps.", "A kitten naps.", "Stocks fell."];
        const { data, dims } = await extract(texts, { pooling: "mean", normalize: true });
        await extract.dispose();
        return { data: Array.from(data), kind: data.constructor.name, dims, seen: [...seen] };
    """,
    )
    assert result["dims"] == [3, 384] and result["kind"] == "Float32Array"
    rows = [result["data"][i * 384 : (i + 1) * 384] for i in range(3)]
    assert all(math.hypot(*row) == pytest.approx(1, abs=1e-5) for row in rows)
    related, unrelated = (sum(a * b for a, b in zip(rows[0], rows[i], strict=True)) for i in (1, 2))
    assert related > unrelated + 0.3
    assert {"initiate", "progress", "ready"} <= set(result["seen"])


def test_arguments_of_transformers_js(api: Page) -> None:
    """A second input in place of options, objects as inputs; of a model without classes, by embeddings."""
    result = call(
        api,
        """
        const model = ["all-MiniLM-L6-v2", { device: "wasm" }];
        const sort = await pipeline("zero-shot-classification", ...model);
        const labels = ["cooking", "football", "the weather"];
        const texts = ["It rains again.", "Two goals in extra time!"];
        const best = await sort(texts, labels, { multi_label: false });
        const told = await sort("It rains again.", { candidate_labels: labels.join() });
        const refused = await sort("It rains again.", {}).catch((error) => error.wire);
        await sort.dispose();
        const compare = await pipeline("sentence-similarity", ...model);
        const input = { source_sentence: "It rains.", sentences: ["Rain falls.", "I am hungry."] };
        const scores = await compare(input);
        const twice = await compare("It rains.", ["Rain falls."]).catch((error) => error.wire);
        await compare.dispose();
        return { best, told, refused, scores, twice };
    """,
    )
    assert [one["labels"][0] for one in result["best"]] == ["the weather", "football"]
    assert result["told"] == result["best"][0]
    assert result["told"]["scores"] == sorted(result["told"]["scores"], reverse=True)
    assert sum(result["told"]["scores"]) == pytest.approx(1, abs=1e-5)
    assert result["refused"]["kind"] == "InputError" and "labels" in result["refused"]["message"]
    assert result["scores"][0] > result["scores"][1] + 0.3
    assert result["twice"]["kind"] == "InputError"


def test_image_classification_takes_a_blob(api: Page) -> None:
    result = call(
        api,
        """
        const classify = await pipeline("image-classification", "mnist-cnn");
        const bytes = Uint8Array.from(atob(argument), (c) => c.charCodeAt(0));
        const answer = await classify(new Blob([bytes], { type: "image/png" }), { top_k: 2 });
        await classify.dispose();
        return answer;
    """,
        base64.b64encode(png_of_seven()).decode(),
    )
    assert [set(entry) for entry in result] == [{"label", "score"}] * 2
    assert result[0]["label"] == "7" and result[0]["score"] > 0.8


def test_a_signal_cancels_loading(api: Page) -> None:
    name = call(
        api,
        """
        const controller = new AbortController();
        const loading = pipeline("feature-extraction", "all-MiniLM-L6-v2", { signal: controller.signal });
        controller.abort();
        return loading.then(() => "loaded", (error) => error.name);
    """,
    )
    assert name == "CancelledError"


@pytest.mark.parametrize(
    ("arguments", "kind", "names"),
    [
        ("'no-such-task'", "UnknownNameError", "no-such-task"),
        ("'feature-extraction', 'no-such-model'", "UnknownNameError", "no-such-model"),
        ("'feature-extraction', 'all-MiniLM-L6-v2', { device: 'quantum' }", "DeviceError", "quantum"),
        ("'feature-extraction', 'all-MiniLM-L6-v2', { dtype: 'q3' }", "UnknownNameError", "q3"),
        ("'feature-extraction', 'all-MiniLM-L6-v2', { dtyp: 'q8' }", "InputError", "dtyp"),
    ],
)
def test_what_does_not_exist_is_named(api: Page, arguments: str, kind: str, names: str) -> None:
    error = call(
        api,
        f"""
        return pipeline({arguments}).then(() => null, (error) => ({{ ...error.wire, shown: String(error) }}));
    """,
    )
    assert error["kind"] == kind
    assert names in error["message"]
    # What a program prints has all of it.
    assert error["shown"].startswith(f"{kind}: {error['message']} ")
    assert error["expected"] and f"xpected {error['expected']}" in error["shown"]


def test_a_wrong_input_is_refused_and_the_pipeline_lives(api: Page) -> None:
    outcome = call(
        api,
        """
        const extract = await pipeline("feature-extraction", "all-MiniLM-L6-v2", { device: "wasm" });
        const kinds = [];
        for (const bad of [42, null, { no: "text" }, [1, 2]]) {
          kinds.push(await extract(bad).then(() => "accepted", (error) => error.name));
        }
        const { dims } = await extract("still alive", { pooling: "mean" });
        return { kinds, dims };
    """,
    )
    assert outcome["kinds"] == ["InputError"] * 4
    assert outcome["dims"] == [1, 384]


def test_the_stub_is_small_and_loads_nothing_at_import(page: Page, site: Path, site_url: str) -> None:
    assert (site / "wardian.js").stat().st_size < 1_000
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{site_url}/NOTICE.txt")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    call(page, "return typeof pipeline;")
    assert any("wardian" in url for url in requested)
    assert not [url for url in requested if ".wasm" in url or "models/" in url]
