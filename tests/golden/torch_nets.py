"""Small PyTorch modules for `make_torch.py` and the extras' tests: `torch_nets.py:picture` and `:text`."""

from __future__ import annotations

import math
from typing import Any

import torch


class Picture(torch.nn.Module):
    """A convolution, a normalization, and a dict of outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(4)
        self.head = torch.nn.Linear(4, 5)

    def forward(self, pixel_values: Any) -> dict[str, Any]:
        pooled = torch.relu(self.norm(self.conv(pixel_values))).mean((2, 3))
        return {"logits": self.head(pooled), "pooled": pooled}


class Text(torch.nn.Module):
    """Embeddings, attention with a mask, one output."""

    def __init__(self) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(30, 8)
        self.attention = torch.nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = torch.nn.Linear(8, 2)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        words = self.words(input_ids)
        found, _ = self.attention(words, words, words, key_padding_mask=attention_mask == 0)
        return self.head(found.mean(1))


def filled(module: Any) -> Any:
    """Weights that follow from their order, whatever torch's generator does."""
    with torch.no_grad():
        for number, tensor in enumerate(module.parameters()):
            count = torch.arange(tensor.numel(), dtype=torch.float64)
            wave = torch.sin(count * 0.7 + number) / math.sqrt(tensor.shape[-1])
            tensor.copy_(wave.reshape(tensor.shape).float())
    return module


def picture() -> Any:
    return filled(Picture())


def text() -> Any:
    ids = torch.tensor([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    return filled(Text()), {"input_ids": ids, "attention_mask": mask}


def program() -> Any:
    """What `torch.export.save` writes to a .pt2 file."""
    dims = {"pixel_values": {0: torch.export.Dim("batch_size")}}
    example = torch.sin(torch.arange(2 * 3 * 8 * 6.0)).reshape(2, 3, 8, 6)
    return torch.export.export(filled(Picture()).eval(), (example,), dynamic_shapes=dims)


def nothing() -> int:
    return 3


def broken() -> Any:
    raise ValueError("out of ferns")
