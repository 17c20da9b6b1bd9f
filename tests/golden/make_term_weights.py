"""Write `term_weights.json`: what scikit-learn's vectorizers make of texts, with their descriptions.

    .venv/bin/python tests/golden/make_term_weights.py

It runs itself in the extra `sklearn` (`requirements/convert-sklearn.txt`), which it installs when missing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(ROOT / "tests")]

from golden.in_extra import in_extra  # noqa: E402

TARGET = Path(__file__).with_name("term_weights.json")

FITTED = ["The café of the old café", "a cat sat; A CAT!", "naïve  ﬁlm\tİstanbul", "x"]
ASKED = ["The CAFE of cafés", "cat cat  sat on  the mat", "ﬁlm naïve e\u0301 ß İ", "", "x y z 猫"]


def vectorizers() -> dict[str, Any]:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

    return {
        "words": TfidfVectorizer(ngram_range=(1, 2), stop_words=["the", "of"], sublinear_tf=True),
        "accents": TfidfVectorizer(strip_accents="unicode", norm="l1"),
        "ascii": CountVectorizer(strip_accents="ascii", binary=True, token_pattern=r"(?u)\b(\w+)\b"),
        "chars": CountVectorizer(analyzer="char", ngram_range=(2, 3), max_features=30, lowercase=False),
        "inside": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), use_idf=False, max_features=40),
    }


def described(vectorizer: Any) -> dict[str, Any]:
    """As the converter writes a part of `vectorizer.json`."""
    terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get)
    part: dict[str, Any] = {"terms": terms, "ngram_range": list(vectorizer.ngram_range)}
    for name in ("analyzer", "lowercase", "strip_accents", "token_pattern", "binary"):
        part[name] = getattr(vectorizer, name)
    part["stop_words"] = sorted(vectorizer.get_stop_words() or [])
    if hasattr(vectorizer, "_tfidf"):
        part |= {"norm": vectorizer.norm, "sublinear_tf": vectorizer.sublinear_tf}
        if vectorizer.use_idf:
            values = sorted({float(value) for value in vectorizer.idf_})
            part |= {"idf_values": values, "idf": [values.index(float(one)) for one in vectorizer.idf_]}
    return part


def make() -> None:
    import sklearn

    cases = {}
    for name, vectorizer in vectorizers().items():
        rows = vectorizer.fit(FITTED).transform(ASKED).toarray()
        bags = [[[int(term), float(row[term])] for term in row.nonzero()[0]] for row in rows]
        cases[name] = {"part": described(vectorizer), "bags": bags}
    golden = {
        "provenance": {
            "made_by": "tests/golden/make_term_weights.py",
            "versions": f"scikit-learn {sklearn.__version__}",
        },
        "asked": ASKED,
        "cases": cases,
    }
    TARGET.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    in_extra("sklearn", "sklearn", __file__, TARGET, make)
