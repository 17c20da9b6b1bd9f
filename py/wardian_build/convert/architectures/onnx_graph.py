"""A finished graph with its inputs and outputs: what writers of architectures give for each ONNX file."""

from __future__ import annotations

from dataclasses import dataclass

from wardian_build.convert.architectures.layers import Specs
from wardian_build.convert.conversion import Content
from wardian_build.convert.graph import GraphBuilder

__all__ = ["OnnxGraph"]


@dataclass(frozen=True)
class OnnxGraph:
    graph: GraphBuilder
    inputs: Specs
    outputs: Specs

    def files(self, path: str, external: bool) -> dict[str, Content]:
        """The ONNX file at a path of the model folder and, with `external`, its weights beside it."""
        if not external:
            return {path: self.graph.build(self.inputs, self.outputs)}
        beside = f"{path}_data"
        location = beside.rsplit("/", 1)[-1]
        model, data = self.graph.build_external(self.inputs, self.outputs, location)
        return {path: model, beside: data}
