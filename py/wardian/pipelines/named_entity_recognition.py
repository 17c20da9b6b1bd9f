"""Named entities by spaCy's taggers: people, organisations, places and more, and where they stand."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, ClassVar

import numpy as np

from wardian.errors import ModelError, UnknownNameError
from wardian.pipelines.base import Pipeline, Progress
from wardian.pipelines.text_pipeline import require_texts
from wardian.postprocessing.classification import require_finite
from wardian.postprocessing.transitions import TransitionDecoder
from wardian.preprocessing.spacy_tokenizer import SpacyTokenizer, Tokens
from wardian.preprocessing.word_features import WordFeatures
from wardian.types import TensorSpec

__all__ = ["NamedEntityRecognitionPipeline"]

Entity = dict[str, Any]

#: Tokens of one run of the model, and tokens around them that it must see: its four layers look one farther
#: each, so with these a long text gets the scores that it would get in one run.
_CHUNK, _MARGIN = 2_000, 4


class NamedEntityRecognitionPipeline(Pipeline):
    """Texts to entities, with the results of spaCy's `doc.ents` where nothing but the tagger runs.

    ```python
    pipe = await pipeline("named-entity-recognition", "en-core-web-sm")
    await pipe("Ada Lovelace lived in London.")
    # [{"entity_group": "PERSON", "score": None, "word": "Ada Lovelace", "start": 0, "end": 12}, …]
    ```

    Its folder has, besides the network, `config.json` (actions and tables), `tokenizer_rules.json`,
    `norms.json`, `strings.json` and `scorer.json`.
    """

    kind: ClassVar[str] = "named-entity-recognition"
    labels: list[str]
    _tokenizer: SpacyTokenizer
    _features: WordFeatures
    _actions: list[str]
    _last_layer: tuple[Any, Any]
    _rows: TensorSpec

    async def _prepare(self) -> None:
        config = await self.folder.read_json("config.json")
        rules = await self.folder.read_json("tokenizer_rules.json")
        norms = await self.folder.read_json("norms.json")
        strings = await self.folder.read_json("strings.json")
        scorer = await self.folder.read_json("scorer.json")
        try:
            self._actions = [str(action) for action in config["actions"]]
            self._last_layer = (np.float32(scorer["weight"]), np.float32(scorer["bias"]))
            self._features = WordFeatures(config["tables"], norms, strings)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"The files of the model {self.folder.id!r} do not fit {self.kind}.",
                expected="actions, tables, symbols, norms, and the weights of the last layer",
                received=f"{type(error).__name__}: {error}",
            ) from error
        self._tokenizer = SpacyTokenizer(rules)
        self._new_decoder()
        self.labels = [action[2:] for action in self._actions if action.startswith("B-")]
        self._session_changed()

    def _session_changed(self) -> None:
        self._rows = self._find("input", 3, ("int32",), ("rows",))
        self._find("output", 3, ("float32",), ("features",))
        self._find("output", 2, ("float32",), ("scores",))

    async def __call__(
        self,
        inputs: str | Sequence[str],
        *,
        labels: Collection[str] | None = None,
        progress: Progress | None = None,
    ) -> Any:
        """The entities of one text or several.

        Args:
            inputs: a text or a list of texts.
            labels: which kinds of entities to give, of `self.labels`; None for all.
            progress: called as `progress("tokenize", characters, all)` and `progress("label", tokens, all)`
                for each text.

        Returns:
            `[{"entity_group", "score", "word", "start", "end"}, …]` for a text, by their place; for several
            texts a list of these. The score is None: the decoder takes the best action at each token, and
            what it compares are no probabilities.

        Raises InputError for what is no text, UnknownNameError for a label that there is not.
        """
        for label in labels or ():
            if label not in self.labels:
                raise UnknownNameError("label", label, self.labels)
        found = []
        for text in require_texts(inputs):
            entities = await self._entities(text, progress)
            found.append([one for one in entities if labels is None or one["entity_group"] in labels])
        return found[0] if isinstance(inputs, str) else found

    async def _entities(self, text: str, progress: Progress | None) -> list[Entity]:
        pieces, starts = await self._tokens(text, progress)
        decoder = self._new_decoder()
        rows = self._features.rows(pieces)
        for start in range(0, len(pieces), _CHUNK):
            end = min(start + _CHUNK, len(pieces))
            first = max(0, start - _MARGIN)
            outputs = await self.session.run({self._rows.name: rows[first : end + _MARGIN]})
            inner = slice(start - first, end - first)
            features = np.asarray(outputs["features"])[inner]
            scores = np.asarray(outputs["scores"])[inner]
            require_finite(scores)
            decoder.feed(features, scores, [piece[0].isspace() for piece in pieces[start:end]])
            if progress is not None:
                progress("label", end, len(pieces))
            # Who cancels is heard between two runs.
            await asyncio.sleep(0)
        entities = []
        for found in decoder.finish():
            begin = starts[found.start]
            end = starts[found.end - 1] + len(pieces[found.end - 1][0])
            entities.append(
                {
                    "entity_group": found.label,
                    "score": None,
                    "word": text[begin:end],
                    "start": begin,
                    "end": end,
                }
            )
        return entities

    async def _tokens(self, text: str, progress: Progress | None) -> Tokens:
        found: Tokens = ([], [])
        for block, done in self._tokenizer.blocks(text):
            found = block
            if progress is not None and len(text) > done:
                progress("tokenize", done, len(text))
            await asyncio.sleep(0)
        return found

    def _new_decoder(self) -> TransitionDecoder:
        return TransitionDecoder(self._actions, *self._last_layer)
