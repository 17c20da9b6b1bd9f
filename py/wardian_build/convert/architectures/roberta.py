"""RoBERTa (arXiv:1907.11692) and XLM-RoBERTa (arXiv:1911.02116): BERT's layers, other positions.

Weight names are those of `transformers.RobertaModel`. Positions are counted from the padding id on, over the
tokens that are no padding; there is one token type, which so is a constant and no input.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from wardian_build.convert.architectures.bert import BertEncoder
from wardian_build.convert.architectures.encoder import TOKENS, Specs

__all__ = ["RobertaEncoder"]


class RobertaEncoder(BertEncoder):
    """`RobertaModel` and `XLMRobertaModel`."""

    prefix = "roberta"
    inputs: ClassVar[Specs] = {"input_ids": TOKENS, "attention_mask": TOKENS}

    def embeddings(self) -> str:
        g, e = self.graph, "embeddings"
        words = self.word_rows()
        kinds = self.weights.get(f"{e}.token_type_embeddings.weight", (None, self.features))
        types = g.constant(f"{e}.token_type_embeddings.weight", kinds[0])
        positions = self.positions()
        total = g.op("Add", g.op("Add", words, types, name="words_types"), positions, name=e)
        return self.normalize(f"{e}.LayerNorm", total)

    def positions(self) -> str:
        """padding id + (number of the token among those that are no padding, from 1), padding: the id itself.

        Rows of the table for each token: (batch, sequence, features).
        """
        g, name = self.graph, "embeddings.position_embeddings.weight"
        table = self.store(name, self.weights.get(name, (None, self.features)))
        pad = g.constant("padding", np.int64(self.config.integer("pad_token_id", 1)))
        real = g.op("Not", g.op("Equal", "input_ids", pad, name="is_padding"), name="is_real")
        ones = g.op("Cast", real, name="real", to=7)
        count = g.op("CumSum", ones, g.constant("along", np.int64(1)), name="count")
        counted = g.op("Mul", count, ones, name="counted")
        return g.op("Gather", table, g.op("Add", counted, pad, name="position_ids"), name="positions")
