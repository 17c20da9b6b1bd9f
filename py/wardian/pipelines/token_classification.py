"""Token classification: the labels of words and the entities that they make, with their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar

from wardian.errors import InputError, UnknownNameError, shorten
from wardian.pipelines.base import Progress
from wardian.pipelines.text_inputs import check_count
from wardian.pipelines.text_pipeline import TextPipeline, require_texts
from wardian.postprocessing.classification import require_finite, softmax
from wardian.postprocessing.entities import STRATEGIES, TokenScores, entities_of, merge_windows
from wardian.tokenizers import Encoding
from wardian.types import TensorSpec

__all__ = ["TokenClassificationPipeline", "texts_of"]

Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, and the words that it was given in, with a gap of so many characters between."""

    whole: str
    words: Sequence[str] | None = None
    gap: int = 0

    def first_characters(self) -> list[int] | None:
        """Where each word begins; None where there are no words."""
        if self.words is None:
            return None
        return list(accumulate((len(word) + self.gap for word in self.words[:-1]), initial=0))


class TokenClassificationPipeline(TextPipeline):
    """Texts to labelled tokens or entities, with the arguments and results of transformers' pipeline.

    ```python
    pipe = await pipeline("token-classification", "tagger")
    await pipe("Ada lives in New York.", aggregation_strategy="simple")
    # [{"entity_group": "PER", "score": 0.99, "word": "Ada", "start": 0, "end": 3}, …]
    ```
    """

    kind: ClassVar[str] = "token-classification"
    labels: list[str]
    _logits: TensorSpec

    def _find_tensors(self) -> None:
        self._logits = self._find("output", 3, ("float32", "float16"), ("logits",))
        self.labels = self._class_labels(self._logits)

    async def __call__(
        self,
        inputs: str | Sequence[Any],
        *,
        aggregation_strategy: str = "none",
        ignore_labels: Sequence[str] = ("O",),
        stride: int | None = None,
        is_split_into_words: bool = False,
        delimiter: str = " ",
        batch_size: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """Label one text or several.

        Args:
            inputs: a text or a list of texts; with `is_split_into_words` a list of words, or a list of these.
            aggregation_strategy: `"none"` gives every token; `"simple"` puts neighbours of one kind together;
                `"first"`, `"average"` and `"max"` first give all tokens of a word the label of its first one,
                of their mean, of the surest.
            ignore_labels: labels, or kinds of entities, that are left out.
            stride: read a text that is too long in windows that share so many tokens, and put their entities
                together. Without it a text is cut at the length of the model, as in transformers.
            is_split_into_words: texts are given as lists of words.
            delimiter: what stands between these words where `start` and `end` count characters.
            batch_size: texts per run, see `FeatureExtractionPipeline`.
            progress: called as `progress("label", windows done, windows)`.

        Returns:
            A list for a text: `{"entity", "score", "index", "word", "start", "end"}` of each token, or
            `{"entity_group", "score", "word", "start", "end"}` of each entity; `start` and `end` are
            characters of the text. For several texts a list of these.

        Raises:
            InputError: something that is no text, or an option out of range.
            ModelError: the model's scores are not numbers.
        """
        if aggregation_strategy not in STRATEGIES:
            raise UnknownNameError("aggregation_strategy", aggregation_strategy, STRATEGIES)
        check_count("batch_size", batch_size, 1, 4096)
        check_count("stride", stride, 0, self.longest - 1)
        if stride is not None and aggregation_strategy == "none":
            raise InputError(
                "stride needs an aggregation_strategy.", value=str(stride), expected="another than none"
            )
        many, given = texts_of(inputs, is_split_into_words)
        texts = [
            _Text(delimiter.join(one), one, len(delimiter)) if is_split_into_words else _Text(one)
            for one in given
        ]
        windows = self._windows(given, stride, is_split_into_words)
        ignored = frozenset(ignore_labels)
        kept = "entity" if aggregation_strategy == "none" else "entity_group"
        results: list[list[Entity]] = []
        for of_text in await self._entities(texts, windows, aggregation_strategy, batch_size, progress):
            found = [one for window in of_text for one in window if one[kept] not in ignored]
            results.append(merge_windows(found) if len(of_text) > 1 else found)
        return results if many else results[0]

    async def _entities(
        self,
        texts: Sequence[_Text],
        windows: Sequence[Sequence[Encoding]],
        strategy: str,
        batch_size: int | None,
        progress: Progress | None,
    ) -> list[list[list[Entity]]]:
        """The entities of each window of each text."""
        places = [(text, window) for text, of_text in enumerate(windows) for window in range(len(of_text))]
        flat = [one for of_text in windows for one in of_text]
        found: list[list[list[Entity]]] = [[[] for _ in of_text] for of_text in windows]
        fetches = [self._logits.name]
        runs = self._runs(flat, fetches, stage="label", batch_size=batch_size, progress=progress)
        async for members, outputs in runs:
            scores = softmax(outputs[self._logits.name])
            for index, rows in zip(members, scores, strict=True):
                text, window = places[index]
                tokens = self._tokens(flat[index], rows, texts[text])
                found[text][window] = entities_of(tokens, self.labels, strategy, self._spell)
        return found

    def _windows(self, texts: list[Any], stride: int | None, words: bool) -> list[list[Encoding]]:
        """The windows of each text: one that is cut, or as many as it has."""
        self.tokenizer.enable_truncation(self.longest, stride=stride or 0, direction=self._direction)
        encodings = self.tokenizer.encode_batch(texts, is_pretokenized=words)
        return [[one, *(one.overflowing if stride is not None else ())] for one in encodings]

    def _tokens(self, encoding: Encoding, scores: Any, given: _Text) -> list[TokenScores]:
        """The tokens of a window that are no special ones; `scores` is float32 (tokens, labels)."""
        require_finite(scores[: len(encoding)])
        text, firsts = given.whole, given.first_characters()
        unknown, prefix = self._special_id("unk_token"), self._has_word_prefix()
        ids, offsets, numbers = encoding.ids.tolist(), encoding.offsets, encoding.word_ids
        tokens = []
        for index in (encoding.special_tokens_mask == 0).nonzero()[0].tolist():
            start, end = offsets[index]
            if firsts is not None and (number := numbers[index]) is not None:
                start, end = start + firsts[number], end + firsts[number]
            word = self.tokenizer.id_to_token(ids[index]) or ""
            # Tokenizers that mark what continues a word say so; of others a space before is what tells.
            subword = (
                len(word) != end - start if prefix else start > 0 and " " not in text[start - 1 : start + 1]
            )
            if ids[index] == unknown:
                word, subword = text[start:end], False
            tokens.append(TokenScores(word, scores[index], start, end, index, subword))
        return tokens

    def _has_word_prefix(self) -> bool:
        """Whether tokens inside of words have a prefix, such as "##"."""
        tokenizer = self.tokenizer
        own = getattr(tokenizer.model, "continuing_subword_prefix", None)
        # Of a prepared tokenizer the decoder, which takes the prefix off, is what is known in Python.
        return bool(own or getattr(tokenizer.decoder, "prefix", None))

    def _spell(self, tokens: list[str]) -> str:
        decoder = self.tokenizer.decoder
        return " ".join(tokens) if decoder is None else "".join(decoder.decode_chain(tokens))


def texts_of(inputs: Any, split: bool) -> tuple[bool, list[Any]]:
    """Whether several texts were given, and all of them: strings, or (`split`) lists of words.

    Raises InputError for anything else.
    """
    if not split:
        return isinstance(inputs, (list, tuple)), require_texts(inputs)
    given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    # transformers gives a list also for the words of one text.
    texts = given if given and all(isinstance(one, (list, tuple)) for one in given) else [given]
    for words in texts:
        if not words or not all(isinstance(word, str) for word in words):
            raise InputError("These are no words.", value=shorten(words), expected="a list of str")
    return True, [list(words) for words in texts]
