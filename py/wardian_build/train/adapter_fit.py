"""Fit low-rank adapters to the upper layers of a BERT encoder with PyTorch; runs where that is.

LoRA (Hu et al. 2021, arXiv:2106.09685): a matrix W of the encoder stays as it is, and W + (alpha / rank) B A
takes its place, with A (rank, inputs) and B (outputs, rank) small enough to be kept beside a model card.
Layers below the first adapted one compute the same in each epoch: what they make of each text is computed
once. A text's class is told by a dense layer over the mean of its tokens' last hidden states.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wardian_build.convert.elsewhere.answers import answer

#: Names of `transformers.BertModel`, in a layer.
QUERY, KEY, VALUE = (f"attention.self.{name}" for name in ("query", "key", "value"))
ATTENDED, WIDE, NARROW = "attention.output.dense", "intermediate.dense", "output.dense"


class Dense(nn.Module):  # type: ignore[misc]
    """x Wᵀ + b, where W does not change, plus what the adapter adds."""

    def __init__(self, weight: Tensor, bias: Tensor, request: dict[str, Any] | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias
        self.factor = 0.0
        if request is not None:
            rank = request["rank"]
            self.lora_A = nn.Parameter(torch.randn(rank, weight.shape[1]) / math.sqrt(weight.shape[1]))
            self.lora_B = nn.Parameter(torch.zeros(weight.shape[0], rank))
            self.factor = request["alpha"] / rank
            self.dropout = nn.Dropout(request["dropout"])

    def forward(self, x: Tensor) -> Tensor:
        y = functional.linear(x, self.weight, self.bias)
        if self.factor:
            y = y + self.dropout(x) @ self.lora_A.T @ self.lora_B.T * self.factor
        return y


class Layer(nn.Module):  # type: ignore[misc]
    """Self-attention and feed-forward, each with its residual and normalization after it."""

    def __init__(self, weights: dict[str, Tensor], index: int, request: dict[str, Any]) -> None:
        super().__init__()
        prefix = f"encoder.layer.{index}."
        adapted = index >= request["first_layer"]
        self.heads, self.epsilon = request["heads"], request["epsilon"]
        self.dense = nn.ModuleDict(
            {
                name.replace(".", "/"): Dense(
                    weights[f"{prefix}{name}.weight"],
                    weights[f"{prefix}{name}.bias"],
                    request if adapted and name in request["targets"] else None,
                )
                for name in (QUERY, KEY, VALUE, ATTENDED, WIDE, NARROW)
            }
        )
        self.norms = {
            part: (weights[f"{prefix}{part}.LayerNorm.weight"], weights[f"{prefix}{part}.LayerNorm.bias"])
            for part in ("attention.output", "output")
        }

    def _apply_dense(self, name: str, x: Tensor) -> Tensor:
        y: Tensor = self.dense[name.replace(".", "/")](x)
        return y

    def _normalize(self, part: str, x: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], *self.norms[part], self.epsilon)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, features = x.shape
        query, key, value = (
            self._apply_dense(name, x).view(batch, length, self.heads, -1).transpose(1, 2)
            for name in (QUERY, KEY, VALUE)
        )
        joined = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        joined = joined.transpose(1, 2).reshape(batch, length, features)
        x = self._normalize("attention.output", x + self._apply_dense(ATTENDED, joined))
        wide = functional.gelu(self._apply_dense(WIDE, x))
        return self._normalize("output", x + self._apply_dense(NARROW, wide))


class Classifier(nn.Module):  # type: ignore[misc]
    """The layers from the first adapted one on, and the dense layer over the mean."""

    def __init__(self, weights: dict[str, Tensor], request: dict[str, Any]) -> None:
        super().__init__()
        count, features = request["layers"], weights["embeddings.LayerNorm.bias"].shape[0]
        self.layers = nn.ModuleList(
            Layer(weights, index, request) for index in range(request["first_layer"], count)
        )
        self.dropout = nn.Dropout(request["dropout"])
        self.classifier = nn.Linear(features, request["labels"])

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, mask)
        pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        logits: Tensor = self.classifier(self.dropout(pooled))
        return logits

    def adapter(self, first_layer: int) -> dict[str, Any]:
        """What was fitted, by the names of PEFT: "encoder.layer.6.attention.self.query.lora_A.weight"."""
        named = {}
        for name, value in self.state_dict().items():
            if name.startswith("layers."):
                _, layer, _, module, part = name.split(".")
                module = f"encoder.layer.{first_layer + int(layer)}.{module.replace('/', '.')}"
                name = f"{module}.{part}.weight"
            named[name] = value.numpy()
        return named


class Texts:
    """Token ids of all texts, one after the other, and what the lower layers make of them."""

    def __init__(self, table: Any, weights: dict[str, Tensor], request: dict[str, Any]) -> None:
        self.starts = np.concatenate([[0], np.cumsum(table["lengths"])])
        self.lengths = table["lengths"]
        self.ids = torch.from_numpy(table["ids"].astype(np.int64))
        self.labels = torch.from_numpy(table["labels"].astype(np.int64))
        self.hidden = torch.empty(len(self.ids), weights["embeddings.LayerNorm.bias"].shape[0])
        lower = [Layer(weights, index, request) for index in range(request["first_layer"])]
        for members in self.batches(np.arange(len(self.lengths)), 64, None):
            x, mask = self.padded(members, self._embed(weights, request["epsilon"], members))
            for layer in lower:
                x = layer(x, mask)
            for row, member in enumerate(members):
                self.hidden[self.slice(member)] = x[row, : self.lengths[member]]

    def slice(self, member: int) -> slice:
        return slice(int(self.starts[member]), int(self.starts[member + 1]))

    def _embed(self, weights: dict[str, Tensor], epsilon: float, members: Any) -> list[Tensor]:
        e = "embeddings"
        norm = (weights[f"{e}.LayerNorm.weight"], weights[f"{e}.LayerNorm.bias"])
        places = weights[f"{e}.position_embeddings.weight"] + weights[f"{e}.token_type_embeddings.weight"][0]
        words = weights[f"{e}.word_embeddings.weight"]
        rows = (words[self.ids[self.slice(member)]] for member in members)
        return [functional.layer_norm(x + places[: len(x)], x.shape[-1:], *norm, epsilon) for x in rows]

    def batches(self, members: Any, size: int, random: np.random.Generator | None) -> list[Any]:
        """Texts of about the same length together; with `random` in another order each time."""
        jitter = 1 if random is None else random.uniform(0.8, 1.25, len(members))
        order = members[np.argsort(self.lengths[members] * jitter, kind="stable")]
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        if random is not None:
            random.shuffle(batches)
        return batches

    def padded(self, members: Any, rows: list[Tensor] | None = None) -> tuple[Tensor, Tensor]:
        rows = rows or [self.hidden[self.slice(member)] for member in members]
        x = nn.utils.rnn.pad_sequence(rows, batch_first=True)
        return x, torch.arange(x.shape[1])[None] < torch.tensor([len(row) for row in rows])[:, None]


def accuracy_of(model: Classifier, texts: Texts, groups: dict[str, Any]) -> dict[str, list[int]]:
    """Right answers and texts of each group."""
    model.eval()
    found = {}
    with torch.no_grad():
        for name, members in groups.items():
            right = 0
            for batch in texts.batches(members, 64, None):
                right += int((model(*texts.padded(batch)).argmax(1) == texts.labels[batch]).sum())
            found[name] = [right, len(members)]
    return found


def run(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fit the texts that are in no group; write adapter.npz; answer with the groups' accuracy by epoch."""
    torch.manual_seed(request["seed"])
    random = np.random.default_rng(request["seed"])
    weights = {name: torch.from_numpy(value) for name, value in np.load(folder / "weights.npz").items()}
    table = dict(np.load(folder / "texts.npz"))
    numbers = table["groups"]
    groups = {name: np.flatnonzero(numbers == number) for number, name in enumerate(request["groups"])}
    began = time.monotonic()
    with torch.no_grad():
        texts = Texts(table, weights, request)
    print(f"{len(texts.lengths)} texts read, {time.monotonic() - began:.0f} s", flush=True)
    model = Classifier(weights, request)
    rate, size = request["rate"], request["batch"]
    fitting = np.flatnonzero(numbers < 0)
    steps = request["epochs"] * math.ceil(len(fitting) / size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=request["weight_decay"])
    warm = max(1, steps // 20)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (steps - step) / (steps - warm))
    )
    accuracy = []
    for epoch in range(request["epochs"]):
        model.train()
        total = 0.0
        for batch in texts.batches(fitting, size, random):
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(*texts.padded(batch)), texts.labels[batch])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            total += float(loss) * len(batch)
        accuracy.append(accuracy_of(model, texts, groups))
        said = ", ".join(f"{name} {right / count:.2%}" for name, (right, count) in accuracy[-1].items())
        seconds = time.monotonic() - began
        print(f"epoch {epoch + 1}: loss {total / len(fitting):.4f}; {said}; {seconds:.0f} s", flush=True)
    np.savez(folder / "adapter.npz", **model.adapter(request["first_layer"]))
    return {"version": torch.__version__, "accuracy": accuracy}


if __name__ == "__main__":
    answer(run)
