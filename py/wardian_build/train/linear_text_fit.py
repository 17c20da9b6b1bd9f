"""Fit a linear classifier of word groups with scikit-learn; runs where that is, see `convert/extras.py`.

Terms are groups of one to a few words (characters in Chinese), present or not, a text's scaled to length 1.
Those of each language are chosen on its own texts. Before fitting, every term is multiplied by how much more
often it stands on one side than on the other (the log ratio of naive Bayes: Wang and Manning 2012, "Baselines
and Bigrams"); then the factors become part of the coefficients: what is saved is a plain TfidfVectorizer
and LogisticRegression.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wardian_build.convert.elsewhere.answers import answer


def vectorizer(settings: Mapping[str, Any], terms: Sequence[str] | None = None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        binary=True,
        use_idf=False,
        token_pattern=settings["token_pattern"],
        ngram_range=(1, settings["longest"]),
        min_df=settings["least"] if terms is None else 1,
        vocabulary=terms,
    )


def log_ratios(presence: Any, positive: Any) -> Any:
    """How differently often each term stands on the two sides, ≥ 0: float64 (terms,)."""
    high = np.asarray(presence[positive].sum(axis=0)).ravel() + 1
    low = np.asarray(presence[~positive].sum(axis=0)).ravel() + 1
    return np.abs(np.log((high / high.sum()) / (low / low.sum())))


def coefficients_of(matrix: Any, positive: Any, c: float) -> Any:
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression

    ratios = log_ratios(matrix > 0, positive)
    # No constant: a text without a known term is neither good nor bad.
    model = LogisticRegression(C=c, fit_intercept=False, solver="lbfgs", max_iter=1000)
    model.fit(matrix @ diags(ratios), positive)
    return model.coef_[0] * ratios


def best_terms(texts: Sequence[str], positive: Any, settings: Mapping[str, Any]) -> list[str]:
    """The terms of one language that are kept: of most weight times the root of how often they stand."""
    everything = vectorizer(settings)
    matrix = everything.fit_transform(texts)
    weights = np.abs(coefficients_of(matrix, positive, settings["c"]))
    frequency = np.asarray((matrix > 0).sum(axis=0)).ravel()
    best = np.argsort(-weights * np.sqrt(frequency), kind="stable")[: settings["terms"]]
    return list(everything.get_feature_names_out()[best])


def fitted(fitting: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """One pipeline over the terms of all languages, fitted on the texts of all."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    common = {"token_pattern": settings["token_pattern"]}
    kept: set[str] = set()
    for name, own in settings["languages"].items():
        kept.update(
            best_terms(fitting[name]["texts"], np.array(fitting[name]["positive"]), {**common, **own})
        )
    longest = max(own["longest"] for own in settings["languages"].values())
    terms = vectorizer({**common, "longest": longest}, sorted(kept))
    matrix = terms.fit_transform([text for table in fitting.values() for text in table["texts"]])
    positive = np.concatenate([table["positive"] for table in fitting.values()])
    classifier = LogisticRegression(C=settings["c"], fit_intercept=False, max_iter=1).fit(matrix, positive)
    classifier.coef_ = coefficients_of(matrix, positive, settings["c"])[None]
    classifier.classes_ = np.array(settings["labels"])
    return Pipeline([("terms", terms), ("classifier", classifier)])


def run(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fit on `fitting` of each language; write model.pkl; answer with the accuracy on `checking`."""
    import sklearn

    model = fitted(request["fitting"], request["settings"])
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    accuracy = {
        name: accuracy_of(model, checking, request["settings"]["labels"][1])
        for name, checking in request["checking"].items()
        if checking["texts"]
    }
    return {"version": sklearn.__version__, "accuracy": accuracy}


def accuracy_of(model: Any, checking: Mapping[str, Any], positive: str) -> dict[str, list[int]]:
    """Right answers and texts by where the texts stood."""
    right = (model.predict(checking["texts"]) == positive) == np.array(checking["positive"])
    sources = np.array(checking["source"])
    return {
        source: [int(right[sources == source].sum()), int((sources == source).sum())]
        for source in sorted(set(checking["source"]))
    }


if __name__ == "__main__":
    answer(run)
