"""For you: what to read about next, learned from likes that never leave the device."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from wardian.components import GivenFile, Likes, Recommendations, Recommended, Taste
from wardian.pipelines.embedding_cache import EmbeddingCache
from wardian.pipelines.recommendation import Recommendation, Recommender
from wardian.preprocessing.catalogue import items_from_csv, items_from_json
from wardian.task import Example, Task

if TYPE_CHECKING:
    from wardian.pipelines.base import Progress
    from wardian.pipelines.feature_extraction import FeatureExtractionPipeline
    from wardian.task import OpenModel, OpenPipeline

CATALOGUE = "vital-articles"

#: The model that reads a visitor's own list; the shipped catalogue was read when the page was built.
MODEL = "all-MiniLM-L6-v2"

#: Tokens of a description that are read: enough for a paragraph, and nobody waits for long ones.
_LONGEST = 128

_shipped: Recommender | None = None
_own: tuple[GivenFile, Recommender] | None = None
#: Three lists of the largest size: of one that was changed, what is new is read.
_cache = EmbeddingCache(30_000)


async def recommend(
    taste: Taste, open_model: OpenModel, open_pipeline: OpenPipeline, progress: Progress | None = None
) -> Recommended:
    """What to show to somebody of that taste: items that are looked for, or else recommendations."""
    if taste.own is None:
        recommender = await _opened(open_model)
    else:
        recommender = await _own_list(taste.own, open_pipeline, progress)
    verdicts = {judgement.title: judgement.liked for judgement in taste.judgements}
    found: Sequence[Recommendation]
    if taste.query.strip():
        items = recommender.find(taste.query, taste.shown + 1)
        found = [Recommendation(item, 0.0) for item in items[: taste.shown]]
        more = len(items) > taste.shown
    else:
        found = recommender.recommend(taste.judgements, taste.shown)
        known = {item.title for item in recommender.items}
        more = len(found) + len(known & verdicts.keys()) < len(known)
    own = None if taste.own is None else taste.own.name
    mode: Literal["beginning", "learned", "found"]
    mode = "found" if taste.query.strip() else "learned" if any(map(_learned, found)) else "beginning"
    return Recommended(mode, found, verdicts, len(recommender.items), own, more)


def _learned(found: Recommendation) -> bool:
    return bool(found.liked) or found.different


async def _opened(open_model: OpenModel) -> Recommender:
    """The shipped catalogue, opened once."""
    global _shipped
    if _shipped is None:
        folder = await open_model(CATALOGUE)
        items = items_from_json(await folder.read_json("items.json"), CATALOGUE)
        embeddings = np.load(io.BytesIO(await folder.read("embeddings.npy")), allow_pickle=False)
        _shipped = Recommender(items, embeddings)
    return _shipped


async def _own_list(own: GivenFile, open_pipeline: OpenPipeline, progress: Progress | None) -> Recommender:
    """A visitor's own list: its table is read first, and only then is the model asked for."""
    global _own
    if _own is None or _own[0] != own:
        items = items_from_csv(own.content)

        async def embed(texts: list[str]) -> NDArray[np.float32]:
            pipe: FeatureExtractionPipeline = await open_pipeline("feature-extraction", MODEL)
            return await pipe(texts, pooling=pipe.pooling, normalize=True, max_length=_LONGEST)

        texts = [item.text for item in items]
        embeddings = await _cache.embed(texts, embed, stage="read_list", progress=progress)
        _own = own, Recommender(items, embeddings)
    return _own[1]


task = Task(
    id="recommend",
    group="texts",
    title={"en": "For you", "zh": "为你推荐"},
    description={
        "en": "Like a few subjects, and the list turns to what you like; each says why it is there. Of 3,095 "
        "subjects of Wikipedia, or of a list of your own. What you like stays on this device, and “Forget "
        "me” erases it.",
        "zh": "点几个喜欢的条目，列表就会偏向你的口味，并说明推荐的理由。条目来自维基百科的 3,095 个主题，"
        "也可以用你自己的清单。喜好只保存在本机，点“忘记我”即可清除。",
    },
    inputs=[Likes({"en": "What you like", "zh": "你的喜好"}, store="recommend")],
    outputs=[
        Recommendations(
            {"en": "For you", "zh": "为你推荐"},
            source={
                "en": "Subjects and texts: Wikipedia's “vital articles”, by its authors, CC BY-SA 4.0. Each "
                "text is the beginning of the article of that name.",
                "zh": "条目与文字来自维基百科“基础条目”，CC BY-SA 4.0；每段文字是同名条目的开头。",
            },
        )
    ],
    examples=[
        Example(
            {"en": "Jazz and blues", "zh": "爵士与蓝调"},
            [{"judgements": [["Jazz", True], ["Blues", True]]}],
        ),
        Example(
            {"en": "Knights and crusades", "zh": "骑士与十字军"},
            [{"judgements": [["Knight", True], ["Crusades", True]]}],
        ),
        Example(
            {"en": "Bread and cheese", "zh": "面包与奶酪"},
            [{"judgements": [["Bread", True], ["Cheese", True]]}],
        ),
    ],
    fn=recommend,
    uses=[CATALOGUE, MODEL],
    live=True,
)
