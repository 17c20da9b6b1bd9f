"""Vision transformers: ViT (arXiv:2010.11929) and DeiT (arXiv:2012.12877), which has one more token.

Weight names are those in files of `transformers.ViTModel`. Patches are the outputs of a convolution whose
stride is its width; normalization comes before each block.
"""

from __future__ import annotations

from typing import Any, ClassVar

from wardian_build.convert.architectures.encoder import Encoder
from wardian_build.convert.architectures.layers import ACTIVATIONS, Specs
from wardian_build.convert.architectures.weights import Config
from wardian_build.errors import ConversionError

__all__ = ["DeiTEncoder", "ViTEncoder"]


class ViTEncoder(Encoder):
    """`ViTModel`: pixel_values, float32 (batch_size, channels, height, width) → hidden states of patches."""

    prefix = "vit"
    #: Tokens before those of the patches.
    tokens: ClassVar[tuple[str, ...]] = ("cls_token",)

    def _read(self, config: Config) -> None:
        config.refuse({"hidden_act": tuple(ACTIVATIONS)})
        self.heads, self.width = config.width("hidden_size", "num_attention_heads")
        self.inner = config.positive("intermediate_size")
        self.layers = config.positive("num_hidden_layers")
        self.epsilon = config.number("layer_norm_eps", 1e-12)
        self.activation = str(config.table.get("hidden_act", "gelu"))
        self.channels = config.positive("num_channels") if "num_channels" in config.table else 3
        self.image, self.patch = _sides(config, "image_size"), _sides(config, "patch_size")
        if any(length < side for length, side in zip(self.image, self.patch, strict=True)):
            raise ConversionError(
                config.file, "has patches larger than its images", place="patch_size",
                expected=f"at most {self.image}", received=str(self.patch),
            )  # fmt: skip

    @property
    def inputs(self) -> Specs:  # type: ignore[override]  # its dimensions are those of the configuration
        return {"pixel_values": ("float32", ["batch_size", self.channels, *self.image])}

    @property
    def places(self) -> int:
        """Number of tokens."""
        rows, columns = (length // side for length, side in zip(self.image, self.patch, strict=True))
        return len(self.tokens) + rows * columns

    def biased(self, name: str) -> bool:
        part = name.rpartition(".")[2]
        return part not in ("query", "key", "value") or bool(self.config.table.get("qkv_bias", True))

    def embeddings(self) -> str:
        """The class token and the patches, with their positions: (batch, tokens, features)."""
        g, e, size = self.graph, "embeddings", self.features
        name = f"{e}.patch_embeddings.projection"
        kernel = self.weights.get(f"{name}.weight", (size, self.channels, *self.patch))
        bias = g.constant(f"{name}.bias", self.weights.get(f"{name}.bias", (size,)))
        patches = g.op(
            "Conv", "pixel_values", g.constant(f"{name}.weight", kernel), bias,
            name=f"{name}.sum", kernel_shape=list(self.patch), strides=list(self.patch),
        )  # fmt: skip
        flat = g.op("Reshape", patches, g.ints([0, size, -1]), name="patches.flat")
        rows = g.op("Transpose", flat, name="patches", perm=[0, 2, 1])
        batch = g.op("Shape", "pixel_values", name="batch", start=0, end=1)
        shape = g.op("Concat", batch, g.ints([1, size]), name="token_shape", axis=0)
        first = [g.constant(f"{e}.{t}", self.weights.get(f"{e}.{t}", (1, 1, size))) for t in self.tokens]
        tokens = [g.op("Expand", token, shape, name=f"{token}.rows") for token in first]
        together = g.op("Concat", *tokens, rows, name="tokens", axis=1)
        name = f"{e}.position_embeddings"
        positions = g.constant(name, self.weights.get(name, (1, self.places, size)))
        return g.op("Add", together, positions, name=e)

    def layer(self, index: int, hidden: str, mask: str | None, output: str | None) -> str:
        """Self-attention and feed-forward, each after normalization, each with its residual."""
        g, prefix = self.graph, f"encoder.layer.{index}"
        own = f"{prefix}.attention.attention"
        normal = self.normalize(f"{prefix}.layernorm_before", hidden)
        together = self.attention(own, normal, mask, (f"{own}.query", f"{own}.key", f"{own}.value"))
        attended = self.dense(f"{prefix}.attention.output.dense", together, self.features, self.features)
        hidden = g.op("Add", attended, hidden, name=f"{prefix}.attention.residual")
        normal = self.normalize(f"{prefix}.layernorm_after", hidden)
        wide = self.dense(f"{prefix}.intermediate.dense", normal, self.features, self.inner)
        active = self.activate(f"{prefix}.intermediate", wide)
        narrow = self.dense(f"{prefix}.output.dense", active, self.inner, self.features)
        return g.op("Add", narrow, hidden, name=output or f"{prefix}.output.residual")

    def hidden_states(self, output: str | None = None) -> str:
        """The normalized output of the last layer: (batch, tokens, features)."""
        hidden = self.embeddings()
        for layer in range(self.layers):
            hidden = self.layer(layer, hidden, None, None)
        return self.normalize("layernorm", hidden, output)


class DeiTEncoder(ViTEncoder):
    """`DeiTModel`, with a token that once learned from a teacher."""

    prefix = "deit"
    tokens: ClassVar[tuple[str, ...]] = ("cls_token", "distillation_token")


def _sides(config: Config, name: str) -> tuple[int, int]:
    """Height and width of a setting that is one number or two."""
    value: Any = config.table.get(name)
    if isinstance(value, list) and len(value) == 2:
        height, width = (Config({name: side}, config.file).positive(name) for side in value)
        return height, width
    return config.positive(name), config.positive(name)
