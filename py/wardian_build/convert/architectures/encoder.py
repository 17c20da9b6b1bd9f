"""What encoders share: the loop over the layers, the table of words, the mask of padding."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from wardian_build.convert.architectures.layers import ACTIVATIONS, Layers, Specs
from wardian_build.convert.architectures.weights import Config, ModelWeights
from wardian_build.convert.graph import OPSET

__all__ = ["ACTIVATIONS", "TOKENS", "Encoder", "Specs"]

#: int64 (batch_size, sequence_length), the form of a text model's inputs with the names of transformers.js.
TOKENS: tuple[str, list[int | str]] = ("int64", ["batch_size", "sequence_length"])


class Encoder(Layers, ABC):
    """A graph under construction. Subclasses add embeddings and layers; heads add what stands on them.

    `hidden_states()` returns the name of float32 (batch_size, sequence_length, features). `external` puts
    the matrices beside the ONNX file, for models beyond what one file can hold.
    """

    #: Where the base model's tensors are below, in a file with a head.
    prefix: ClassVar[str]
    inputs: ClassVar[Specs]
    #: Of the operators it is written with.
    opset: ClassVar[int] = OPSET

    def __init__(self, config: Config, weights: ModelWeights, external: bool = False) -> None:
        super().__init__(self.prefix, weights, external, self.opset)
        self.config = config
        self._read(config)

    layers: int
    #: Rows of the table of words; None: as many as there are.
    vocabulary: int | None

    @abstractmethod
    def _read(self, config: Config) -> None:
        """Take sizes from the configuration. Raises ConversionError or UnsupportedError."""

    @abstractmethod
    def embeddings(self) -> str:
        """What the first layer is given: (batch, sequence, features)."""

    @abstractmethod
    def layer(self, index: int, hidden: str, mask: str | None, output: str | None) -> str:
        """One layer's output, which gets the name `output`: (batch, sequence, features)."""

    def hidden_states(self, output: str | None = None) -> str:
        """The last layer's output, which gets the name `output`: (batch, sequence, features)."""
        hidden, mask = self.embeddings(), self.additive_mask()
        for layer in range(self.layers):
            hidden = self.layer(layer, hidden, mask, output if layer == self.layers - 1 else None)
        return hidden

    def words(self) -> str:
        """The table of word embeddings: (vocabulary, features)."""
        name = "embeddings.word_embeddings.weight"
        return self.store(name, self.weights.get(name, (self.vocabulary, self.features)))

    def word_rows(self) -> str:
        """The rows of the tokens: (batch, sequence, features)."""
        return self.graph.op("Gather", self.words(), "input_ids", name="words")
