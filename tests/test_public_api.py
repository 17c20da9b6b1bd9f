"""Names that other people's code uses: a change here is a change of the public API, and of CHANGELOG.md."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import pytest

import wardian

PUBLIC = {
    "wardian": ["WardianError", "__version__", "pipeline"],
    "wardian.errors": [
        "CancelledError", "DeviceError", "DownloadError", "EngineLostError", "InputError", "IntegrityError",
        "ModelError", "SessionClosedError", "TensorError", "UnknownNameError", "WardianError",
        "WorkerLostError", "shorten",
    ],
    "wardian.types": [
        "Append", "Array", "DTYPES", "KeptTensor", "Tensor", "TensorSpec", "carried", "dtype_name",
        "from_wire", "to_wire",
    ],
    "wardian.hub": [
        "LOCAL", "ModelFile", "ModelFolder", "find_models_dir", "list_models", "open_model",
    ],
    "wardian.session": ["Session", "open_session"],
    "wardian.session.mock": ["MockSession"],
    "wardian.tokenizers": ["AddedToken", "DecodeStream", "Encoding", "Tokenizer"],
    "wardian.generation": [
        "ChatTemplate", "Decoder", "Generated", "GenerationConfig", "ScoredText", "Step", "collect",
        "constraint_of", "generate", "perplexity", "token_logprobs",
    ],
    "wardian.generation.constraints": [
        "Automaton", "Constraint", "TokenBytes", "Vocabulary", "automaton_of", "excerpts",
        "parse_json_schema", "parse_regex", "read_token_bytes",
    ],
    "wardian.pipelines": ["KINDS", "Pipeline", "pipeline"],
    "wardian.components": [
        "Answer", "AnswerInWords", "Answers", "Checkbox", "ChosenFile", "Component", "Conversation",
        "Dialogue", "Document", "Dropdown", "EditedText", "Edits", "Fact", "Facts", "File", "FilledForm",
        "FormFields", "FoundAnswers", "GivenFile", "GivenTable",
        "Highlight", "HighlightedText", "Highlights", "Image", "Input", "Label",
        "LanguagePair", "Languages", "Likes", "Localized", "Message", "Meter", "ModelChoice", "Number",
        "Output", "Passage", "Passages", "Pressed", "Reason", "Reasons", "Recommendations", "Recommended",
        "RedactedText", "Redactions", "Reply", "ReplyText", "Rows", "SamplingSettings", "SentenceInWords",
        "Sketchpad", "Summary", "SummaryPassage", "SummaryText", "Table", "TableColumn", "TableFile",
        "Taste", "Textbox", "Tokenization", "Tokens", "TranslatedText", "Translation", "Turn", "WhatIf",
        "localize",
    ],
    "wardian.task": ["Example", "Group", "Interface", "OpenModel", "OpenPipeline", "Task"],
    "wardian.tasks": ["load_task", "task_ids"],
    "wardian.worker": ["Worker", "error_to_wire", "value_to_wire"],
}  # fmt: skip


@pytest.mark.parametrize("module", PUBLIC)
def test_exported_names(module: str) -> None:
    imported = import_module(module)
    assert sorted(imported.__all__) == sorted(PUBLIC[module])
    for name in imported.__all__:
        assert hasattr(imported, name)


def test_signature_of_pipeline() -> None:
    assert list(inspect.signature(wardian.pipeline).parameters) == [
        "task", "model", "device", "dtype", "threads", "models_dir", "owner",
    ]  # fmt: skip


def test_signatures_of_the_tokenizer() -> None:
    tokenizer = import_module("wardian.tokenizers").Tokenizer
    assert list(inspect.signature(tokenizer.encode).parameters) == [
        "self",
        "sequence",
        "pair",
        "is_pretokenized",
        "add_special_tokens",
    ]
    assert list(inspect.signature(tokenizer.encode_batch).parameters) == [
        "self",
        "input",
        "is_pretokenized",
        "add_special_tokens",
    ]
    assert list(inspect.signature(tokenizer.decode).parameters) == [
        "self",
        "ids",
        "skip_special_tokens",
        "clean_up_tokenization_spaces",
    ]
    for name in ("from_file", "from_str", "from_bytes"):
        assert inspect.ismethod(getattr(tokenizer, name))


def test_version() -> None:
    try:
        assert version("wardian") == wardian.__version__
    except PackageNotFoundError:  # run from the checkout
        assert wardian.__version__ == "0.1.0"
