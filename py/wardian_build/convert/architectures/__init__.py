"""Hugging Face weights to ONNX, a file for each `model_type`, over the blocks that they share."""

from wardian_build.convert.architectures.build import Built, build, head_kind

__all__ = ["Built", "build", "head_kind"]
