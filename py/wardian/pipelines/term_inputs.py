"""Models over weighted terms in place of tokens: folders with `vectorizer.json`, out of scikit-learn."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import numpy as np

from wardian.errors import ModelError
from wardian.hub import ModelFolder
from wardian.preprocessing.term_weights import TermWeights
from wardian.types import Tensor, TensorSpec

__all__ = ["VECTORIZER", "read_terms", "require_term_inputs", "term_feeds"]

VECTORIZER = "vectorizer.json"
_INPUTS = {"input_ids", "weights"}


async def read_terms(folder: ModelFolder) -> TermWeights:
    """The term weights of a folder. Raises ModelError when its `vectorizer.json` describes none."""
    content = await folder.read(VECTORIZER)
    try:
        return TermWeights(json.loads(content)["parts"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, re.error) as error:
        raise ModelError(
            f"{VECTORIZER} of model {folder.id!r} describes no term weights.", received=str(error)
        ) from error


def require_term_inputs(inputs: Sequence[TensorSpec], model_id: str) -> None:
    """Raises ModelError when a model does not take terms and their weights."""
    if {spec.name for spec in inputs} != _INPUTS:
        raise ModelError(
            f"The model {model_id!r} has a {VECTORIZER}, but does not take terms.",
            expected=" and ".join(sorted(_INPUTS)),
            received="; ".join(spec.describe() for spec in inputs) or "no inputs",
        )


def term_feeds(terms: TermWeights, texts: Sequence[str], inputs: Sequence[TensorSpec]) -> dict[str, Tensor]:
    """The inputs of some texts: ids int (batch, terms) and weights float (batch, terms).

    Texts without any term have one of weight 0: no engine is given an empty tensor.
    """
    found = terms.encode(texts)
    if found["input_ids"].shape[1] == 0:
        found = {
            "input_ids": np.full((len(texts), 1), terms.size, np.int64),
            "weights": np.zeros((len(texts), 1)),
        }
    return {spec.name: found[spec.name].astype(spec.dtype, copy=False) for spec in inputs}
