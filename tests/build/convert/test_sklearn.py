"""scikit-learn pipelines: what is written from their description agrees with scikit-learn's own answers."""

from __future__ import annotations

import base64
import copy
import io
import json
import pickle
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wardian_build import paths
from wardian_build.convert.check import compare, require, run_onnx
from wardian_build.convert.conversion import Options
from wardian_build.convert.run import converted
from wardian_build.convert.sklearn import Made, _shaped, make
from wardian_build.convert.sklearn.rows import made_up_rows, read_rows, read_texts
from wardian_build.convert.sklearn.table import Column
from wardian_build.convert.sklearn.trees import _halved, _Tree
from wardian_build.convert.sources import recognise
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "sklearn.json").read_text("utf-8"))
CASES: dict[str, Any] = GOLDEN["cases"]
#: scikit-learn computes in float64; the answer is float32, whose rounding is 6e-8 of it.
TOLERANCE = 1e-6
HERE = Path("net.joblib")


def decoded(entry: Any) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(entry["data"]), entry["dtype"]).reshape(entry["shape"])


def made(name: str, change: Callable[[Any], None] = lambda model: None) -> Made:
    """The case's model, with a change to its description."""
    case = copy.deepcopy(CASES[name])
    change(case["table"]["model"])
    with np.load(io.BytesIO(zlib.decompress(base64.b64decode(case["arrays"])))) as file:
        return make(HERE, case["table"], {key: file[key] for key in file.files})


@pytest.mark.parametrize("name", CASES)
def test_answers_are_scikit_learns(name: str) -> None:
    model = made(name)
    (found,) = run_onnx(model.onnx, [model.feeds(HERE, GOLDEN["rows"][CASES[name]["rows"]])])
    expected = _shaped(decoded(CASES[name]["outputs"]), model.output)
    kind = model.output[0]
    assert found[kind].dtype == np.float32 and len(expected) == len(
        next(iter(model.feeds(HERE, GOLDEN["rows"][CASES[name]["rows"]]).values()))
    )
    require([compare(kind, [expected], [found[kind]])], TOLERANCE)


def test_a_whole_sum_loses_nothing_of_its_trees() -> None:
    """In float32 too, in any order: what an isolation forest subtracts from it may be nearly the same."""
    rng = np.random.default_rng(7)
    nodes = np.arange(50)
    trees = [
        _Tree(nodes >= 0, nodes, nodes, nodes, nodes + 0.5, nodes, rng.normal(0, 10.0 ** (n % 9), (50, 2)), n)
        for n in range(200)
    ]
    halved = _halved(trees)
    for tree, both in zip(trees, halved, strict=True):
        parts = both.values.reshape(50, 2, 2)
        assert np.array_equal(parts.sum(axis=2), tree.values) and both.target == 2 * tree.target
    coarse = np.array([both.values.reshape(50, 2, 2)[:, :, 0] for both in halved])
    exact = coarse.sum(axis=0)
    for order in (slice(None), slice(None, None, -1), rng.permutation(200)):
        assert np.array_equal(np.cumsum(coarse[order], axis=0, dtype=np.float32)[-1], exact)
    largest = np.concatenate([np.abs(tree.values).max(keepdims=True) for tree in trees]).sum()
    fine = np.array([both.values.reshape(50, 2, 2)[:, :, 1] for both in halved])
    assert np.abs(fine).max() <= largest * 2**-23


def test_what_the_folder_says_of_columns_and_labels() -> None:
    model = made("logistic")
    owns = {
        "name": "owns",
        "dtype": "string",
        "categories": ["yes", "no"],
        "unknown": "ignore",
        "missing": True,
    }
    assert {column["name"]: column for column in model.config["columns"]}["owns"] == owns
    assert model.config["id2label"] == {"0": "high", "1": "low", "2": "middle"}
    assert model.inputs == {"features": ("float64", ["batch_size", 5])}
    assert (model.kind, model.output) == ("tabular-classification", ("probabilities", 3))
    assert made("ridge").kind == "tabular-regression" and made("words").kind == "text-classification"
    assert made("histogram").config["columns"][2]["categories"] == ["Bern", "Oslo", "Rome"]


def test_columns_that_are_dropped_are_no_inputs() -> None:
    """A pipeline fitted with a whole table asks for what it reads of it."""

    def with_a_note(model: Any) -> None:
        fitted = step_of(model, 0)["fitted"]
        fitted["feature_names_in_"].insert(1, "note")
        fitted["n_features_in_"] = 6
        fitted["transformers_"].append(["notes", "drop", ["note"]])

    model, rows = made("logistic", with_a_note), GOLDEN["rows"][CASES["logistic"]["rows"]]
    assert model.config == made("logistic").config and model.inputs["features"][1] == ["batch_size", 5]
    found = [run_onnx(one.onnx, [one.feeds(HERE, rows)])[0] for one in (model, made("logistic"))]
    assert np.array_equal(found[0]["probabilities"], found[1]["probabilities"])


def step_of(model: Any, index: int) -> Any:
    return model["params"]["steps"][index][1]


def last(part: str, **values: Any) -> Callable[[Any], None]:
    """A change to parameters or fitted attributes of the last step, or to itself."""
    return lambda model: (step_of(model, -1)[part] if part else step_of(model, -1)).update(values)


def vectorizer(**values: Any) -> Callable[[Any], None]:
    return lambda model: step_of(model, 0)["params"].update(values)


def inserted(kind: str) -> Callable[[Any], None]:
    step = ["more", {"class": kind, "module": "sklearn.more"}]
    return lambda model: model["params"]["steps"].insert(1, step)


def _texts_scaled(model: Any) -> None:
    rows = step_of(model, 0)["fitted"]["transformers_"]
    rows.append(["again", rows[0][1], ["city", "owns"]])


def _words_of_a_column(model: Any) -> None:
    rows = step_of(model, 0)["fitted"]["transformers_"]
    vectorizer = {"class": "TfidfVectorizer", "module": "sklearn.feature_extraction.text"}
    rows.append(["words", vectorizer | {"fitted": {"onnx_by": "it tells no columns"}}, "city"])


def _no_number_in_vocabulary(model: Any) -> None:
    step_of(model, 0)["fitted"]["vocabulary_"]["pairs"][0][1] = 10**9


def _cycle(model: Any) -> None:
    tree = step_of(model, -1)["fitted"]["estimators_"][0]["fitted"]["tree_"]["fitted"]
    tree.update(children_left=[0] * 23, children_right=[0] * 23)


def _other_features(model: Any) -> None:
    tree = step_of(model, -1)["fitted"]["estimators_"][0]["fitted"]["tree_"]["fitted"]
    tree["feature"] = [10**6] * 23


def _no_sets(model: Any) -> None:
    for stage in step_of(model, -1)["fitted"]["_predictors"]:
        for tree in stage:
            tree["fitted"]["raw_left_cat_bitsets"] = []


def _strange_member(model: Any) -> None:
    step_of(model, -1)["fitted"]["estimators_"][0].update({"class": "GaussianProcess"})


def _own_function(model: Any) -> None:
    back = step_of(model, -1)["fitted"]["transformer_"]
    back["params"]["inverse_func"] = {"unknown": "my.own"}


REFUSED: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "estimator": (
        "ridge",
        last("", **{"class": "GaussianProcessRegressor"}),
        r"GaussianProcess\w+\W.*only these are converted as the last step",
    ),
    "probability": ("kernel", last("params", probability=True), "probability=True: fit it without"),
    "kernel": ("kernel_number", last("params", kernel="precomputed"), "kernel='precomputed'"),
    "pairs": ("kernel_nu", last("params", decision_function_shape="ovo"), "decision_function_shape='ovo'"),
    "metric": ("near", last("params", metric="cosine"), "metric='cosine'"),
    "weights": ("near_number", last("params", weights={"unknown": "my.own"}), r"weights=my\.own.*code"),
    "member": ("voted", _strange_member, r"member 0 .GaussianProcess\W.*only these"),
    "curve": ("calibrated", last("params", method="temperature"), "method='temperature'"),
    "function": ("of_logarithm", _own_function, r"inverse_func=my\.own.*code"),
    "own class": ("ridge", last("", module="mine.net"), r"Ridge\W.*only these"),
    "tokenizer": ("words", vectorizer(tokenizer={"unknown": "jieba.cut"}), r"tokenizer=jieba\.cut.*code"),
    "analyzer": ("words", vectorizer(analyzer={"unknown": "x.f"}), r"analyzer=x\.f"),
    "files": ("words", vectorizer(input="filename"), "input='filename'"),
    "after texts": ("words", inserted("TruncatedSVD"), r"after a vectorizer: between it and the end only"),
    "texts as numbers": ("logistic", _texts_scaled, r"over the text column 'city'"),
    "texts in a table": (
        "logistic",
        _words_of_a_column,
        r"step 'words' .TfidfVectorizer. over a column of a table: .*fit a Pipeline that begins with it and "
        r"takes texts alone .--kind text-classification., or leave its column out$",
    ),
    "loss": ("counts", last("params", loss="hinge"), "loss='hinge'"),
    "step": (
        "ridge",
        inserted("SplineTransformer"),
        "step 'more' .SplineTransformer.*only these are converted",
    ),
    "outputs": ("logistic", last("fitted", classes_=[["a"], ["b"]]), "several outputs"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_form_is_refused_by_name(name: str) -> None:
    case, change, words = REFUSED[name]
    with pytest.raises(UnsupportedError, match=rf"net\.joblib(?s:.*)(?:{words})"):
        made(case, change)


BROKEN: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "not fitted": ("ridge", lambda model: step_of(model, -1)["fitted"].clear(), r"is not fitted \(.*Ridge"),
    "cycle": ("forest", _cycle, "nodes in order"),
    "features": ("forest", _other_features, "nodes in order"),
    "terms": ("words", _no_number_in_vocabulary, "numbers below"),
    "numbers": ("ridge", last("fitted", coef_="many"), "expected numbers"),
    "shape": ("ridge", last("fitted", coef_=[1.0]), r"coef_(?s:.*)expected"),
    "vectors": ("kernel_nu", last("fitted", _n_support=[1, 2, 3]), r"dual_coef_(?s:.*)each of 6 vectors"),
    "rows": ("near", last("fitted", _fit_X=[[1.0, 2.0]]), r"_fit_X(?s:.*)rows of \d+ columns"),
    "categories": ("by_category", last("fitted", is_categorical_=[True]), "one for each of 5 columns"),
    "sets": ("by_category", _no_sets, r"raw_left_cat_bitsets(?s:.*)expected at least 1"),
    "paths": ("isolated", last("fitted", _decision_path_lengths=[[1.0]] * 4), "path lengths"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_descriptions_that_do_not_fit_together_are_refused(name: str) -> None:
    case, change, words = BROKEN[name]
    with pytest.raises(ConversionError, match=rf"net\.joblib(?s:.*){words}"):
        made(case, change)


def test_opening_a_pickle_needs_trust_and_says_what_would_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    path = tmp_path / "net.joblib"
    path.write_bytes(pickle.dumps({"sklearn": 1}))
    assert recognise(path).format == "sklearn"

    def attempt(**options: Any) -> None:
        with converted(path, tmp_path / "out", Options(**options)):
            pass

    with pytest.raises(ConversionError, match=r"is a pickle: to open it is to run the code(?s:.*)--trust"):
        attempt()
    with pytest.raises(UnsupportedError, match=r"--extra sklearn.* fetches it from PyPI once \(about .*MB"):
        attempt(trust=True)
    with pytest.raises(ConversionError, match=r"--extra skikit is not known(?s:.*)sklearn"):
        attempt(trust=True, extras=("skikit",))
    with pytest.raises(ConversionError, match=r"nothing is no Python"):
        attempt(trust=True, python=tmp_path / "nothing")
    # The tests' own Python has no joblib; what the script says comes back with the file's name.
    with pytest.raises(ConversionError, match=r"net\.joblib cannot be opened with this Python(?s:.*)sklearn"):
        attempt(trust=True, python=Path(sys.executable))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["net.joblib"]


def test_rows_and_texts_of_the_user(tmp_path: Path) -> None:
    columns = [Column("age"), Column("city", ["Bern"])]
    (tmp_path / "a.csv").write_text("id,city,age\n1,Bern,3.5\n2,,\n", "utf-8")
    assert read_rows(tmp_path / "a.csv", columns) == {"age": [3.5, None], "city": ["Bern", None]}
    for text, words in (
        ("city\nBern\n", "lacks columns(?s:.*)age"),
        ("age,city\n1\n", r"too short \(line 2\)"),
        ("age,city\nold,Bern\n", r"line 2, column 'age'(?s:.*)'old'"),
        ("age,city\n", "has no rows"),
    ):
        (tmp_path / "b.csv").write_text(text, "utf-8")
        with pytest.raises(ConversionError, match=words):
            read_rows(tmp_path / "b.csv", columns)
    (tmp_path / "t.txt").write_text("one\n\ntwo\n", "utf-8")
    assert read_texts(tmp_path / "t.txt") == ["one", "two"]
    (tmp_path / "t.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ConversionError, match="cannot be read as text"):
        read_texts(tmp_path / "t.txt")


def test_made_up_rows_hold_what_a_column_knows() -> None:
    strict = Column("city", ["Bern", "Oslo"], strict=True)
    loose = Column("kind", ["a"], missing=True)
    rows = made_up_rows([strict, loose, Column("age", hints=[2.0, 4.0])])
    assert set(rows["city"]) == {"Bern", "Oslo"} and set(rows["kind"]) == {"a", None, "something else"}
    assert {2.0, 4.0} < set(rows["age"]) and all(1 <= age <= 5 for age in rows["age"])
