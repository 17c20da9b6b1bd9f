"""Write `languages.json`: what py3langid's own Python package says of texts in many languages.

    python -m venv ENV && ENV/bin/pip install py3langid==0.4.0 babel==2.18.0
    ENV/bin/python tests/golden/make_languages.py

Texts are names of months and days, of languages and of territories, and dates, in the words of CLDR (Unicode
License v3) as Babel gives them, and some that are no language.
"""

from __future__ import annotations

import datetime
import json
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("languages.json")

#: A choice among which languages are identified a second time.
AMONG = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sr", "tr", "vi", "zh"]

EDGES = [
    "", " ", "🙂🙂", "12345 + 67890 = 80235", "https://example.org/?q=1", "\ud800", "a", "DIE GRÖßTE STADT",
    "E\u0301TE\u0301 COMME HIVER", "The cat sat. Die Katze saß. 猫坐着。", "\0\0\0",
    "def f(x):\n    return x + 1\n", "Добар дан, како сте?", "Dobar dan, kako ste?", "Ola, como estás?",
    "的", "ok",
]  # fmt: skip


def texts_of(code: str) -> list[str]:
    """Four texts of a language, short to long; none where CLDR says little of it."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return []
    names, lands = dict(locale.languages), dict(locale.territories)
    if len(names) < 60 or len(lands) < 60:
        return []
    chosen = random.Random(code)
    date = format_date(datetime.date(2026, chosen.randint(1, 12), chosen.randint(1, 28)), "full", locale)
    months = ", ".join([*locale.months["format"]["wide"].values(), *locale.days["format"]["wide"].values()])
    some = [chosen.sample(sorted(table.values()), count) for table, count in ((names, 8), (lands, 30))]
    return [date, months, *(", ".join(one) for one in some)]


def main() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    plain = LanguageIdentifier.from_model_file(MODEL_FILE)
    sure = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    few = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    few.set_languages(AMONG)
    listed = [(code, text) for code in plain.labels for text in texts_of(code)]
    listed += [("", text) for text in [*EDGES, " ".join(text for _, text in listed)]]
    cases: list[dict[str, Any]] = []
    for code, text in listed:
        ranked = sure.rank(text)[:5]
        cases.append(
            {
                "language": code, "text": text, "classified": plain.classify(text)[0],
                "rank": [[label, round(score, 6)] for label, score in ranked],
                "among": [[label, round(score, 6)] for label, score in few.rank(text)[:3]],
            }
        )  # fmt: skip
    golden = {
        "provenance": {
            "made_by": "tests/golden/make_languages.py",
            "versions": ", ".join(f"{name} {version(name)}" for name in ("py3langid", "numpy", "babel")),
        },
        "among": AMONG,
        "cases": cases,
    }
    lines = json.dumps(golden, ensure_ascii=True).replace('{"language"', '\n{"language"')
    TARGET.write_text(lines + "\n", "utf-8")


if __name__ == "__main__":
    main()
