"""What a visitor likes, kept by their browser: all that a recommendation is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardian.components.base import Input
from wardian.components.given_file import GivenFile, given_file
from wardian.errors import InputError, shorten
from wardian.pipelines.recommendation import Judgement

__all__ = ["Likes", "Taste"]


@dataclass(frozen=True, slots=True)
class Taste:
    """What was liked, the oldest first; what is looked for; how many items to show; from which CSV file, None
    for the task's own catalogue."""

    judgements: tuple[Judgement, ...] = ()
    query: str = ""
    shown: int = 10
    own: GivenFile | None = None


class Likes(Input):
    """The history of likes, a search field, and a list of the visitor's own. The value is a Taste.

    The page keeps all of it on the device under the name `store`, sends all of it in every run, and erases
    it when it is told to. The payload is `{"judgements": [[title, liked], …], "query", "shown",
    "own": {"name", "base64"} or None}`; each field may be missing.
    """

    def __init__(
        self,
        label: str | Mapping[str, str] = "Likes",
        *,
        store: str,
        most_judgements: int = 1000,
        most_shown: int = 50,
        longest_query: int = 200,
    ) -> None:
        super().__init__(label)
        self.store = store
        self.most_judgements = most_judgements
        self.most_shown = most_shown
        self.longest_query = longest_query

    def settings(self) -> dict[str, Any]:
        return {
            "store": self.store,
            "most_judgements": self.most_judgements,
            "most_shown": self.most_shown,
            "longest_query": self.longest_query,
        }

    def read(self, argument: str) -> dict[str, Any]:
        """On the command line: titles that are liked, with semicolons between them."""
        titles = [title.strip() for title in argument.split(";")]
        return {"judgements": [[title, True] for title in titles if title]}

    def preprocess(self, payload: Any) -> Taste:
        """
        >>> Likes(store="s").preprocess({"judgements": [["Emma", True]], "shown": 5})
        Taste(judgements=(Judgement(title='Emma', liked=True),), query='', shown=5, own=None)

        Of more than `most_judgements` the latest count. Raises InputError naming what has another form.
        """
        given = {} if payload is None else payload
        if not isinstance(given, Mapping):
            raise _wrong("likes", "judgements, query, shown and own", payload)
        query = given.get("query") or ""
        if not isinstance(query, str) or len(query) > self.longest_query:
            raise _wrong("query", f"text of at most {self.longest_query} characters", query)
        shown = given.get("shown", 10)
        # JavaScript has but one kind of number, so a whole float is fine.
        number = isinstance(shown, (int, float)) and not isinstance(shown, bool)
        if not number or not 1 <= shown <= self.most_shown or not float(shown).is_integer():
            raise _wrong("shown", f"a whole number from 1 to {self.most_shown}", shown)
        return Taste(
            self._judgements(given.get("judgements") or ()),
            query,
            int(shown),
            _own(given.get("own")),
        )

    def _judgements(self, given: Any) -> tuple[Judgement, ...]:
        if not isinstance(given, Sequence) or isinstance(given, str):
            raise _wrong("judgements", "a list of [title, liked]", given)
        read = []
        for each in given[-self.most_judgements :]:
            pair = isinstance(each, Sequence) and not isinstance(each, str) and len(each) == 2
            if not pair or not isinstance(each[0], str) or not isinstance(each[1], bool):
                raise _wrong("judgements", "a list of [title, liked]", each)
            read.append(Judgement(each[0], each[1]))
        return tuple(read)


def _own(given: Any) -> GivenFile | None:
    try:
        return None if given is None else given_file(given)
    except InputError as error:
        raise _wrong("own", "the name and the base64 of a CSV file", given) from error


def _wrong(field: str, expected: str, value: Any) -> InputError:
    return InputError(
        f"The likes have a wrong field {field!r}.",
        value=shorten(value, 80),
        expected=expected,
        received=type(value).__name__,
    )
