"""Text classification against `transformers.pipeline` (hf_models.json, made by make_hf_models.py).

The session answers with the logits that transformers computed for the same token ids, and with nothing for
others; so tokens, truncation, pairs, batches, scores and shapes are all compared, in both interpreters.
`tests/build/convert/test_add.py` runs the same calls through the converted models.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from golden import hf_models
from support import MemoryFolder, assert_same_labels, run
from wardian.errors import InputError, ModelError, UnknownNameError
from wardian.pipelines.text_classification import TextClassificationPipeline
from wardian.session.mock import MockSession
from wardian.types import TensorSpec

Arrays = dict[str, np.ndarray[Any, Any]]

GOLDEN = json.loads(hf_models.GOLDEN.read_text("utf-8"))
CLASSIFIERS = [name for name, entry in GOLDEN["models"].items() if "pipeline" in entry]
#: Softmax and sigmoid in float32 with another order of sums; a batch of another size in transformers.
TOLERANCE = 1e-6


def inputs_of(entry: dict[str, Any]) -> list[TensorSpec]:
    names = [name for name in entry["logits"][0] if name != "logits"]
    return [TensorSpec(name, "int64", ("batch_size", "sequence_length")) for name in names]


def known_logits(entry: dict[str, Any]) -> MockSession:
    """A session that knows the golden's rows, whatever else is in their batch."""
    specs = inputs_of(entry)
    rows = {tuple(tuple(row[spec.name]) for spec in specs): row["logits"] for row in entry["logits"]}
    pad = entry["config"]["pad_token_id"]

    def model(feeds: Arrays) -> Arrays:
        found = []
        for index, mask in enumerate(feeds["attention_mask"]):
            length = int(mask.sum())
            assert mask[:length].all() and (feeds["input_ids"][index, length:] == pad).all()
            found.append(rows[tuple(tuple(feeds[spec.name][index, :length].tolist()) for spec in specs)])
        return {"logits": np.float32(found)}

    output = TensorSpec("logits", "float32", ("batch_size", len(entry["logits"][0]["logits"])))
    return MockSession(specs, [output], model)


def open_pipe(
    name: str = "bert-classifier",
    session: MockSession | None = None,
    config: dict[str, Any] | None = None,
    dtype: str = "fp32",
) -> TextClassificationPipeline:
    entry = GOLDEN["models"][name]
    files = {
        "tokenizer.json": hf_models.tokenizer(entry["tokenizer"]),
        "tokenizer_config.json": entry["tokenizer_config"],
        "config.json": entry["config"] | (config or {}),
    }

    async def prepared() -> TextClassificationPipeline:
        pipe = TextClassificationPipeline(MemoryFolder(files), session or known_logits(entry), dtype)
        await pipe._prepare()
        return pipe

    return run(prepared())


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_answers_equal_transformers(name: str) -> None:
    pipe = open_pipe(name)
    assert pipe.longest == 24
    for call in GOLDEN["models"][name]["pipeline"]:
        # We pad whatever shares a batch; transformers wants to be told.
        options = {key: value for key, value in call["options"].items() if key != "padding"}
        assert_same_labels(run(pipe(call["inputs"], truncation=True, **options)), call["answer"], TOLERANCE)


def test_every_function_occurs_in_the_golden() -> None:
    assert {open_pipe(name).function_to_apply for name in CLASSIFIERS} == {"softmax", "sigmoid", "none"}


def test_too_long_a_text_is_refused_unless_it_may_be_cut() -> None:
    pipe, long = open_pipe(), GOLDEN["texts"][-1]
    with pytest.raises(
        InputError, match=r"too long.*at most 24 tokens.*received \d+ tokens.*truncation=True"
    ):
        run(pipe(long))
    cut = run(pipe(long, truncation=True))
    assert_same_labels(run(pipe(long, max_length=24)), cut, TOLERANCE)
    assert_same_labels(run(pipe(long, truncation="only_first")), cut, TOLERANCE)
    with pytest.raises(InputError):  # as in transformers: there is no second text to cut
        run(pipe(long, truncation="only_second"))


def test_batches_hold_texts_of_like_length() -> None:
    session = known_logits(GOLDEN["models"]["bert-classifier"])
    pipe = open_pipe(session=session)
    steps: list[tuple[str, int, int]] = []
    texts = GOLDEN["texts"]
    run(pipe(texts, truncation=True, batch_size=4, progress=lambda *step: steps.append(step)))
    sizes = [call["input_ids"].shape for call in session.calls]
    assert [size[0] for size in sizes] == [4, 2] and sizes[0][1] <= sizes[1][1]
    assert steps == [("classify", 4, 6), ("classify", 6, 6)]


def test_quantized_models_run_one_text_at_a_time() -> None:
    session = known_logits(GOLDEN["models"]["bert-classifier"])
    run(open_pipe(session=session, dtype="q8")(GOLDEN["texts"], truncation=True))
    assert [call["input_ids"].shape[0] for call in session.calls] == [1] * 6


def test_a_model_without_labels_numbers_them() -> None:
    pipe = open_pipe(config={"id2label": None})
    found = run(pipe(GOLDEN["texts"][1], top_k=None))
    assert {item["label"] for item in found} == {"LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"}


@pytest.mark.parametrize(
    ("given", "options", "error", "words"),
    [
        ([], {}, InputError, "no text"),
        (3, {}, InputError, "int"),
        (["a", None], {}, InputError, "NoneType"),
        ([["a", "b"]], {}, InputError, "text_pair"),
        ({"text_pair": "b"}, {}, InputError, "text and text_pair"),
        ({"text": "a", "pair": "b"}, {}, InputError, "text and text_pair"),
        ({"text": "a", "text_pair": 3}, {}, InputError, "int"),
        ("a", {"top_k": 0}, InputError, "top_k"),
        ("a", {"top_k": True}, InputError, "top_k"),
        ("a", {"top_k": "all"}, InputError, "top_k"),
        ("a", {"function_to_apply": "tanh"}, InputError, "softmax, sigmoid, none"),
        ("a", {"truncation": "longest"}, UnknownNameError, "longest_first"),
        ("a", {"truncation": 1}, UnknownNameError, "longest_first"),
        ("a", {"max_length": 25}, InputError, "from 3 to 24"),
        ("a", {"batch_size": 0}, InputError, "batch_size"),
        ("half \ud800", {}, InputError, "D800"),
    ],
)
def test_bad_input_is_refused(
    given: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run(open_pipe()(given, **options))


def test_models_that_do_not_fit_are_refused() -> None:
    entry = GOLDEN["models"]["bert-classifier"]
    flat = TensorSpec("logits", "float32", ("batch", 4))
    pixels = TensorSpec("pixel_values", "float32", (1, 3, 4, 5))
    with pytest.raises(ModelError, match="pixel_values"):
        open_pipe(session=MockSession([*inputs_of(entry), pixels], [flat], lambda feeds: feeds))
    deep = TensorSpec("last_hidden_state", "float32", ("batch", "tokens", 12))
    with pytest.raises(ModelError, match="2 dimensions"):
        open_pipe(session=MockSession(inputs_of(entry), [deep], lambda feeds: feeds))
    with pytest.raises(ModelError, match="id2label"):
        open_pipe(config={"id2label": {"0": "a", "2": "b"}})
    pipe = open_pipe(config={"id2label": {"0": "a", "1": "b"}})
    with pytest.raises(ModelError, match="do not fit each other"):
        run(pipe(GOLDEN["texts"][1]))
    broken = MockSession(
        inputs_of(entry), [flat], lambda feeds: {"logits": np.full((1, 4), np.nan, np.float32)}
    )
    with pytest.raises(ModelError, match="not a number"):
        run(open_pipe(session=broken)("a"))
