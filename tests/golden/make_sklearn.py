"""Write `sklearn.json`: small fitted pipelines, described, with what scikit-learn answers to rows and texts.

    .venv/bin/python tests/golden/make_sklearn.py

It runs itself in the extra `sklearn` (`requirements/convert-sklearn.txt`), which it installs when missing.
"""

from __future__ import annotations

import base64
import io
import json
import platform
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(ROOT / "tests")]

from golden.in_extra import in_extra  # noqa: E402
from golden.sklearn_more import NUMBERS, more, sums_of_terms  # noqa: E402

TARGET = ROOT / "tests" / "golden" / "sklearn.json"

TEXTS = [
    "I loved every minute of it", "Terrible and dull.", "The acting was great, loved it!",
    "awful, awful film", "GREAT fun in the café", "boring boring boring", "Never again",
    "So good I saw it twice",
]  # fmt: skip
MOODS = ["good", "bad", "good", "bad", "good", "bad", "bad", "good"]
ASKED = ["", "I LOVED the café", "dull\t\n dull  film", "nothing of the kind: 这部电影",
         "great, great; never again", "ﬁlm İstanbul ß e\u0301"]  # fmt: skip


def table() -> tuple[Any, Any, Any]:
    """People, whether they qualify, and what they pay."""
    import pandas

    chance = np.random.default_rng(20261121)
    count = 120
    frame = pandas.DataFrame(
        {
            "age": chance.integers(18, 80, count).astype(float),
            "income": chance.lognormal(10, 1, count),
            "city": chance.choice(["Bern", "Oslo", "Rome"], count),
            "rooms": chance.integers(1, 6, count),
        }
    )
    frame.loc[::17, "income"] = np.nan
    frame["owns"] = chance.choice(["yes", "no"], count)
    frame.loc[::19, "owns"] = np.nan
    score = frame.age / 80 + 0.4 * (frame.city == "Rome") + chance.normal(0, 0.3, count)
    levels = np.select([score < 0.6, score < 0.9], ["low", "middle"], "high")
    return frame, levels, frame.age * 3.3 + frame.rooms * 10 + chance.normal(size=count)


def asked(frame: Any) -> dict[str, list[Any]]:
    """Rows that were not fitted: other numbers, missing values, an unknown city."""
    chance = np.random.default_rng(7)
    rows = {
        "age": chance.uniform(15, 90, 30).tolist(),
        "income": [None if n % 9 == 4 else float(chance.lognormal(10, 1.5)) for n in range(30)],
        "city": chance.choice(["Bern", "Oslo", "Rome", "Paris"], 30).tolist(),
        "rooms": [float(n) for n in chance.integers(1, 6, 30)],
        "owns": [None if n % 7 == 2 else "yes" if n % 2 else "no" for n in range(30)],
    }
    return {name: rows[name] for name in frame.columns}


def tabular() -> dict[str, Any]:
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import PCA
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        GradientBoostingRegressor,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
        VotingClassifier,
    )
    from sklearn.feature_selection import SelectKBest
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import (
        MinMaxScaler,
        OneHotEncoder,
        OrdinalEncoder,
        PolynomialFeatures,
        RobustScaler,
        StandardScaler,
    )
    from sklearn.svm import LinearSVC

    def columns(numbers: Any, texts: Any) -> Any:
        return ColumnTransformer(
            [("numbers", numbers, ["age", "income"]), ("texts", texts, ["city", "owns"])],
            remainder="passthrough", sparse_threshold=0,
        )  # fmt: skip

    scaled = make_pipeline(SimpleImputer(), StandardScaler())
    filled = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    shown = OneHotEncoder(handle_unknown="ignore", drop="if_binary")
    counted = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    medians = make_pipeline(SimpleImputer(strategy="median"), RobustScaler(), PCA(2, whiten=True))
    ranged = make_pipeline(SimpleImputer(), MinMaxScaler(clip=True))
    forest = RandomForestClassifier(4, max_depth=4, random_state=1)
    made = {
        "logistic": (columns(scaled, filled), LogisticRegression()),
        "logistic_two": (columns(ranged, filled), LogisticRegression()),
        "forest": (columns(scaled, shown), forest),
        "boosted": (columns(scaled, filled), GradientBoostingClassifier(n_estimators=3, random_state=1)),
        "histogram": (columns(StandardScaler(), counted), HistGradientBoostingClassifier(max_iter=3)),
        "perceptron": (columns(medians, filled), MLPClassifier((5,), max_iter=50, random_state=1)),
        "bayes": (columns(ranged, filled), GaussianNB()),
        "voting": (
            columns(scaled, filled),
            VotingClassifier([("a", LogisticRegression()), ("b", forest)], voting="soft", weights=[1, 2]),
        ),
        "polynomial": (columns(scaled, filled), PolynomialFeatures(2), SelectKBest(k=7), Ridge()),
        "support": (columns(scaled, filled), LinearSVC()),
        "ridge": (columns(scaled, filled), Ridge()),
        "boosted_number": (
            columns(scaled, filled),
            GradientBoostingRegressor(n_estimators=4, random_state=1),
        ),
    }
    return {name: make_pipeline(*steps) for name, steps in made.items()}


def textual() -> dict[str, Any]:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
    from sklearn.feature_selection import SelectKBest
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import FeatureUnion, make_pipeline

    inside = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), norm="l1", max_features=60)
    short = CountVectorizer(analyzer="char", ngram_range=(1, 2), strip_accents="ascii", max_features=60)
    both = FeatureUnion([("words", TfidfVectorizer(strip_accents="unicode")), ("inside", inside)])
    counts = CountVectorizer(stop_words=["the", "of"], binary=True)
    return {
        "words": make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression()),
        "union": make_pipeline(both, LogisticRegression()),
        "counts": make_pipeline(counts, TfidfTransformer(), SGDClassifier(loss="log_loss", random_state=1)),
        "selected": make_pipeline(TfidfVectorizer(), SelectKBest(k=9), LogisticRegression()),
        "chars": make_pipeline(short, MultinomialNB()),
        **sums_of_terms(),
    }


def case(model: Any, rows: str, data: Any, graphs: bool = False) -> dict[str, Any]:
    """A described pipeline with its answers; `graphs` as for what is not written here."""
    import sklearn

    from wardian_build.convert.elsewhere.sklearn_describe import Describer, kind_of

    describer, kind = Describer(graphs), kind_of(model)
    described = describer.of(model)
    names = {"probabilities": "predict_proba", "scores": "decision_function", "predictions": "predict"}
    found = np.asarray(getattr(model, names[kind])(data), np.float64)
    return {
        "table": {"model": described, "version": sklearn.__version__, "predictions": kind},
        "arrays": packed(describer.arrays),
        "rows": rows,
        "outputs": encoded(found),
    }


def packed(arrays: dict[str, Any]) -> str:
    """Arrays as an .npz file, compressed as a whole: most are a few numbers."""
    content = io.BytesIO()
    np.savez(content, **arrays)
    return base64.b64encode(zlib.compress(content.getvalue(), 9)).decode()


def encoded(array: Any) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def make() -> None:
    import pandas
    import sklearn

    warnings.simplefilter("ignore")
    frame, levels, paid = table()
    cases = {}
    rows = asked(frame)
    data = pandas.DataFrame(
        {name: [np.nan if v is None else v for v in values] for name, values in rows.items()}
    )
    for name, model in {**tabular(), **more()}.items():
        target = np.where(levels == "high", 1, 0) if name.endswith("_two") else levels
        target = paid if name in ("ridge", "polynomial", "boosted_number", *NUMBERS) else target
        cases[name] = case(model.fit(frame, target), "table", data, name.startswith("borrowed"))
    for name, model in textual().items():
        cases[name] = case(model.fit(TEXTS, MOODS), "texts", ASKED)
    golden = {
        "provenance": {
            "made_by": "tests/golden/make_sklearn.py",
            "versions": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, python "
            f"{platform.python_version()}",
        },
        "rows": {"table": rows, "texts": ASKED},
        "cases": cases,
    }
    TARGET.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    in_extra("sklearn", "sklearn", __file__, TARGET, make)
