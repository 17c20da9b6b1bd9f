"""Whisper (arXiv:2212.04356): two convolutions over a log-mel spectrogram, then BART's layers.

Weight names are those of `transformers.WhisperForConditionalGeneration`. Normalization comes first,
positions are tables on both sides, the projections of keys have no bias.
"""

from __future__ import annotations

from wardian_build.convert.architectures.activations import gelu
from wardian_build.convert.architectures.bart import BartDecoder, BartEncoder, BartLayers, Style
from wardian_build.convert.architectures.onnx_graph import OnnxGraph
from wardian_build.convert.architectures.weights import Config, ModelWeights

__all__ = ["build_whisper"]

_STYLE = Style(first=True, embeddings=False, positions="learned", scaled=False)


class _Whisper(BartLayers):
    def biased(self, name: str) -> bool:
        return not name.endswith(".k_proj")


class _WhisperEncoder(_Whisper, BartEncoder):
    """input_features, float32 (batch_size, mel bands, frames) → last_hidden_state, half as many frames."""

    def build(self) -> OnnxGraph:
        g, config = self.graph, self.config
        bands, length = config.positive("num_mel_bins"), config.positive("max_source_positions")
        loud = self.convolve("encoder.conv1", "input_features", bands, 1)
        loud = self.convolve("encoder.conv2", loud, self.features, 2)
        frames = g.op("Transpose", loud, name="frames", perm=[0, 2, 1])
        name = "encoder.embed_positions.weight"
        positions = self.store(name, self.weights.get(name, (length, self.features)))
        hidden = self.run(g.op("Add", frames, positions, name="embeddings"), None)
        dims: list[int | str] = ["batch_size", length, self.features]
        return OnnxGraph(
            g,
            {"input_features": ("float32", ["batch_size", bands, 2 * length])},
            {hidden: ("float32", dims)},
        )

    def convolve(self, name: str, x: str, channels: int, stride: int) -> str:
        """Convolution over three frames and its activation: (batch, features, frames / stride)."""
        matrix = self.weights.get(f"{name}.weight", (self.features, channels, 3))
        weight = self.graph.constant(f"{name}.weight", matrix)
        bias = self.graph.constant(f"{name}.bias", self.weights.get(f"{name}.bias", (self.features,)))
        summed = self.graph.op(
            "Conv", x, weight, bias, name=f"{name}.sum", kernel_shape=[3], pads=[1, 1], strides=[stride]
        )
        return gelu(self.graph, name, summed)


class _WhisperDecoder(_Whisper, BartDecoder):
    """The merged decoder; audio has no padding that would be masked."""

    masked = False

    def score_words(self, hidden: str, table: str, rows: int, head: str) -> str:
        return super().score_words(hidden, table, rows, "proj_out")


def build_whisper(config: Config, weights: ModelWeights, external: bool) -> dict[str, OnnxGraph]:
    """`encoder_model` and `decoder_model_merged`."""
    return {
        "encoder_model": _WhisperEncoder(_STYLE, config, weights, external).build(),
        "decoder_model_merged": _WhisperDecoder(_STYLE, config, weights, external).build(),
    }
