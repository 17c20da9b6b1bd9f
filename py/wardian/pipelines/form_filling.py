"""A form filled in from a text: the language model chooses, and can only choose what stands in the text.

Each field is one line that the model continues, after two short texts with their forms and the text itself,
which is run once. A constraint lets it continue with excerpts of the text alone (`excerpts`), or, for kinds
with a form of their own, with those that patterns found; beams give the best few with their
log-probabilities. What is below a floor stays empty, and fields that want the same excerpt are decided
between together (`assign`). The only date of a text goes into the only field for one without the model.
`build.py eval fill` measures all of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncGenerator, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from wardian.errors import InputError
from wardian.generation import GenerationConfig, collect, generate
from wardian.generation.constraints import Automaton, Constraint, Vocabulary, automaton_of, excerpts
from wardian.generation.constraints.nodes import alternatives, literal
from wardian.pipelines.base import Progress
from wardian.pipelines.text_generation import TextGenerationPipeline
from wardian.postprocessing.form import FoundValue, assign, find_values
from wardian.preprocessing.form_schema import FormField

__all__ = ["Candidate", "FilledField", "fill_form"]

#: Two texts with their forms: what a field is, what an excerpt is, and that a field may stay empty.
SHOTS = """Text: Hello, this is Martin Fox. My heating has stopped working since Monday. I live at 5 Lake \
View. Please call me on 555-0111 or ask for Ms Reed.
Name: Martin Fox
Address: 5 Lake View
Problem: heating has stopped working
Price: none

Text: Rosa Klein ordered 2 chairs from Wood & Co on 3 May 2021, order 7718-K. She works as a teacher in \
Vienna.
Customer: Rosa Klein
Shop: Wood & Co
Order number: 7718-K
Order date: 3 May 2021
Delivery time: none
Number of chairs: 2
Job: teacher

"""
_BEAMS = 4
_MOST_TOKENS = 24
#: Log-probabilities (all tokens of a value together) below which a field stays empty, by what is chosen from.
_FLOORS = {"text": -6.5, "typed": -10.0, "choice": -99.0}
#: How much worse a longer excerpt may be than the number that it begins with.
_NEARLY = 3.5
#: The kind of value that patterns find for a kind of field.
_FOUND_KINDS = {
    "integer": "number",
    "number": "number",
    "date": "date",
    "time": "time",
    "email": "email",
    "phone": "phone",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that stands at text[start:end], with its log-probability; 0 where nothing was to choose."""

    value: str | int | float
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field, and what it was filled with; None: the text does not say."""

    field: FormField
    value: str | int | float | None
    start: int = 0
    end: int = 0


async def fill_form(
    text: str, fields: Sequence[FormField], pipe: TextGenerationPipeline, progress: Progress | None = None
) -> AsyncGenerator[list[FilledField], None]:
    """The fields asked so far, after each of them; at last all, decided between.

    Raises InputError for a text without words or beyond the model's context.
    """
    filler = _Filler(text, fields, pipe)
    candidates: list[list[Candidate]] = []
    for number, field in enumerate(fields):
        if progress is not None:
            progress("fields", number, len(fields))
        candidates.append(await filler.candidates(field))
        yield _decided(fields[: number + 1], candidates)


class _Filler:
    """One text, and the model that reads it."""

    def __init__(self, text: str, fields: Sequence[FormField], pipe: TextGenerationPipeline) -> None:
        self._text, self._pipe = text, pipe
        #: How many fields want each kind of value that patterns find.
        self._wanted = Counter(_FOUND_KINDS.get(field.kind) for field in fields)
        self._found = find_values(text)
        self._vocabulary = Vocabulary.of(pipe.tokenizer, pipe.decoder.vocabulary)
        self._end: list[int] = pipe.tokenizer.encode("\n", add_special_tokens=False).ids.tolist()
        self._excerpts: Constraint | None = None

    async def candidates(self, field: FormField) -> list[Candidate]:
        """What a field may be filled with, the best first."""
        if field.kind == "text":
            found = await self._best(field, self._all_excerpts()) if self._has_words() else []
            return [self._placed(text, score) for text, score in found]
        if field.kind == "choice":
            return await self._chosen(field)
        kind = _FOUND_KINDS[field.kind]
        values = [one for one in self._found if one.kind == kind and _fits(field, one)]
        if len(values) == self._wanted[kind] == 1:
            # Nothing is to be chosen: the text has one such value, and one field is for it.
            return [Candidate(values[0].value, values[0].start, values[0].end, 0.0)]
        if not values:
            return []
        spelled = {self._text[one.start : one.end]: one for one in values}
        found = await self._best(field, self._constraint(_of_texts(spelled)))
        return [Candidate(spelled[t].value, spelled[t].start, spelled[t].end, score) for t, score in found]

    def _has_words(self) -> bool:
        """Whether anything is left to take excerpts from, besides dates and addresses."""
        return any(re.search(r"[^\W_]", part) for part in self._between())

    def _between(self) -> list[str]:
        """The text without what has a kind of its own; numbers may be part of a name."""
        parts, done = [], 0
        for start, end in self._apart():
            parts.append(self._text[done:start])
            done = end
        return [*parts, self._text[done:]]

    def _apart(self) -> list[tuple[int, int]]:
        return [(one.start, one.end) for one in self._found if one.kind != "number"]

    def _all_excerpts(self) -> Constraint:
        """The same for all fields: it remembers what it allows."""
        if self._excerpts is None:
            self._excerpts = self._constraint(excerpts(self._text, self._apart(), lead=" "))
        return self._excerpts

    def _constraint(self, automaton: Automaton) -> Constraint:
        return Constraint(automaton, self._vocabulary, self._end)

    async def _chosen(self, field: FormField) -> list[Candidate]:
        """Of the choices those that the text names; the model decides between several."""
        named = {}
        for choice in field.choices:
            found = re.search(rf"(?<!\w){re.escape(choice)}(?!\w)", self._text, re.IGNORECASE)
            if found:
                named[choice] = found
        if len(named) <= 1:
            return [Candidate(choice, at.start(), at.end(), 0.0) for choice, at in named.items()]
        best = await self._best(field, self._constraint(_of_texts(named)), len(named))
        return [Candidate(one, named[one].start(), named[one].end(), score) for one, score in best]

    def _placed(self, text: str, score: float) -> Candidate:
        start = self._text.find(text)
        return Candidate(text, start, start + len(text), score)

    async def _best(
        self, field: FormField, constraint: Constraint, most: int = _BEAMS
    ) -> list[tuple[str, float]]:
        """The best few texts that are allowed as the value of a field, with their log-probabilities.

        `most` is how many are allowed at all.
        """
        prompt, beams = self._prompt(field), min(most, _BEAMS)
        config = GenerationConfig(
            num_beams=beams, num_return_sequences=beams, length_penalty=0.0, output_raw_logprobs=True,
            eos_token_id=tuple(self._end), max_new_tokens=max(_MOST_TOKENS, constraint.least),
        )  # fmt: skip
        # All beams of the field before began with the text: go on from one, and it need not run again.
        self._pipe.decoder.reorder(np.zeros(1, np.int64))
        steps = generate(
            self._pipe.decoder, prompt, config, context=self._pipe.context, constraint=constraint
        )
        found = []
        for one in await collect(steps):
            tokens = [token for token in one.ids.tolist() if token not in self._end]
            text = self._pipe.tokenizer.decode(tokens, skip_special_tokens=False).strip()
            if one.finish_reason == "eos" and one.raw_logprobs is not None:
                found.append((text, float(one.raw_logprobs.sum())))
        return found

    def _prompt(self, field: FormField) -> list[int]:
        lines = "; ".join(line.strip() for line in self._text.splitlines() if line.strip())
        prompt = f"{SHOTS}Text: {lines}\n{field.title}:"
        ids: list[int] = self._pipe.tokenizer.encode(prompt, add_special_tokens=False).ids.tolist()
        room = (self._pipe.context or len(ids) + 64) - 64
        if len(ids) > room:
            raise InputError(
                "The text is too long for the model.",
                expected=f"at most {room} tokens, the examples included",
                received=f"{len(ids)} tokens",
                hint="Give the part that the form is about.",
            )
        return ids


def _of_texts(texts: Iterable[str]) -> Automaton:
    return automaton_of(alternatives(literal(" " + text) for text in texts), "list of values")


def _fits(field: FormField, found: FoundValue) -> bool:
    return field.kind != "integer" or isinstance(found.value, int)


def _whole(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same, without numbers with which an excerpt begins that is nearly as good (7 of "7 Mill Road")."""

    def is_begun(one: Candidate) -> bool:
        bare = isinstance(one.value, str) and one.value.isdecimal()
        return bare and any(
            other.start == one.start and other.end > one.end and other.score > one.score - _NEARLY
            for other in candidates
        )

    return [one for one in candidates if not is_begun(one)]


def _decided(fields: Sequence[FormField], candidates: Sequence[Sequence[Candidate]]) -> list[FilledField]:
    """One candidate for each field, and no two that begin at the same place; choices may be the same.

    Excerpts are decided first: a number inside of one, as of a street, is none by itself.
    """
    filled = [FilledField(field, None) for field in fields]
    taken: list[Candidate] = []
    for group, floor in _FLOORS.items():
        places = [place for place, field in enumerate(fields) if _group(field) == group]
        offered: list[dict[Hashable, Candidate]] = []
        for place in places:
            free = [
                one for one in _whole(candidates[place]) if group == "choice" or not _overlaps(one, taken)
            ]
            # Of those that begin alike the best, which comes first, is kept.
            offered.append(
                {(place, one.value) if group == "choice" else one.start: one for one in free[::-1]}
            )
        scores = [{key: one.score for key, one in each.items()} for each in offered]
        for place, each, key in zip(places, offered, assign(scores, [floor] * len(places)), strict=True):
            if key is not None:
                one = each[key]
                filled[place] = FilledField(fields[place], one.value, one.start, one.end)
                taken.append(one)
    return filled


def _group(field: FormField) -> str:
    return field.kind if field.kind in ("text", "choice") else "typed"


def _overlaps(one: Candidate, taken: Sequence[Candidate]) -> bool:
    """Whether it is part of an excerpt that was given away already; those of one group may overlap."""
    return not isinstance(one.value, str) and any(
        one.start < other.end and other.start < one.end and isinstance(other.value, str) for other in taken
    )
