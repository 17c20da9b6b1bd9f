"""BERT encoders whose matrices are stored as blocks of 4 or 8 bits.

The table of words stays packed: only the rows of a text are unpacked, so 96 million numbers take no more
memory than in their file. Matrices of dense layers that are given as blocks are unpacked when the model is
opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wardian_build.convert.architectures.bert import BertEncoder
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.convert.quantized import Blocks, matrix_of

__all__ = ["WORDS", "BlockBertEncoder"]

WORDS = "embeddings.word_embeddings.weight"


class BlockBertEncoder(BertEncoder):
    """`BertModel` with `blocks` for the table of words, and for any of the dense layers.

    The table of words lies beside the ONNX file (`GraphBuilder.build_external`), so that files of several
    dtypes can share it; all else lies inside.
    """

    #: The first with operators on single bits.
    opset: ClassVar[int] = 18

    def __init__(self, config: Config, weights: ModelWeights, blocks: Mapping[str, Blocks]) -> None:
        self._blocks = blocks
        super().__init__(config, weights)

    def word_rows(self) -> str:
        """Rows of the packed table: (batch, sequence, features)."""
        table = matrix_of(self.graph, WORDS.removesuffix(".weight"), self._blocks[WORDS])
        return table.gather("input_ids", nbits=False)

    def dense(self, name: str, x: str, inputs: int, outputs: int, output: str | None = None) -> str:
        """x Wᵀ + b; blocks are unpacked when the model is opened, and multiplied as float32 from then on."""
        blocks = self._blocks.get(f"{name}.weight")
        if blocks is None:
            return super().dense(name, x, inputs, outputs, output)
        g = self.graph
        if not g.has("lead"):
            g.op("Shape", "input_ids", name="lead")
        product = matrix_of(g, name, blocks, inside=True).product(x, "lead", nbits=False)
        bias = g.constant(f"{name}.bias", self.weights.get(f"{name}.bias", (outputs,)))
        return g.op("Add", product, bias, name=output or f"{name}.sum")
