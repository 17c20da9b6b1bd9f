"""Make chat_templates.json: what transformers' `apply_chat_template` renders for `chat_templates/*.jinja`.

Not part of the tests, which read the file only. It needs transformers, jinja2 and tokenizers:

    python tests/golden/make_chat_templates.py
    python tests/golden/make_chat_templates.py --compare   # what differs from wardian's, writing nothing
    python tests/golden/make_chat_templates.py FOLDER      # of FOLDER/*.jinja, into FOLDER/golden.json

The last is for templates of real models, of which this repository has none; the tests read such a folder
where the environment variable WARDIAN_CHAT_TEMPLATES names it.

Texts are kept as the first 16 digits of their SHA-256, those of one conversation as they are; null stands for
a conversation that the template, or transformers, refuses.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "py")]
IN_FULL = "turns"


def reference(source: str, case: dict[str, Any], tokens: dict[str, str]) -> str | None:
    """What transformers renders, None where it raises."""
    import transformers

    import tokenizers

    empty = tokenizers.Tokenizer(tokenizers.models.WordLevel({"<unk>": 0}, unk_token="<unk>"))
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=empty, chat_template=source, **tokens)
    case = dict(case)
    try:
        return str(fast.apply_chat_template(case.pop("messages"), tokenize=False, **case))
    except Exception as error:
        print("   ", type(error).__name__, str(error).splitlines()[0][:100])
        return None


def ours(source: str, case: dict[str, Any], tokens: dict[str, str]) -> str | None:
    """What wardian renders, None where it raises."""
    from wardian.errors import WardianError
    from wardian.generation.chat_template import ChatTemplate

    case = dict(case)
    try:
        return ChatTemplate(source, tokens).render(case.pop("messages"), **case)
    except WardianError as error:
        print("   ", str(error)[:150])
        return None


def digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def compare(name: str, case: str, expected: str | None, found: str | None) -> bool:
    if expected == found:
        return False
    print(f"{name} / {case} differs:\n  expected {expected!r}\n  received {found!r}")
    return True


def freeze() -> None:
    """Both see the same day."""
    from datetime import datetime

    import transformers.utils.chat_template_utils as utils

    from golden.chat_conversations import NOW
    from wardian.generation.templates import environment

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return NOW

    utils.datetime = Frozen
    environment._now = lambda: NOW  # type: ignore[assignment]


def main() -> None:
    import jinja2
    import transformers

    from golden.chat_conversations import SPECIAL_TOKENS, cases, templates

    freeze()
    rendered: dict[str, dict[str, str | None]] = {}
    full: dict[str, str | None] = {}
    different = 0
    folders = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    for name, source in templates(*folders).items():
        print(name)
        texts = {key: reference(source, case, SPECIAL_TOKENS) for key, case in cases().items()}
        if "--compare" in sys.argv:
            for key, case in cases().items():
                different += compare(name, key, texts[key], ours(source, case, SPECIAL_TOKENS))
        rendered[name] = {key: digest(text) for key, text in texts.items()}
        full[name] = texts[IN_FULL]
    count = sum(map(len, rendered.values()))
    if "--compare" in sys.argv:
        print(f"{different} of {count} differ")
        sys.exit(different > 0)
    found = {
        "provenance": {
            "script": "tests/golden/make_chat_templates.py",
            "python": platform.python_version(),
            "transformers": transformers.__version__,
            "jinja2": jinja2.__version__,
        },
        "in_full": {IN_FULL: full},
        "rendered": rendered,
    }
    target = folders[0] / "golden.json" if folders else Path(__file__).with_name("chat_templates.json")
    target.write_text(json.dumps(found, ensure_ascii=True, indent=1) + "\n", "utf-8")
    print(f"{target.name}: {count} renderings")


if __name__ == "__main__":
    main()
