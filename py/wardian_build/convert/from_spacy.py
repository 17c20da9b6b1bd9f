"""spaCy's tagger of entities, from the files of its package, without spaCy: weights, rules and labels.

The network is `spacy.TransitionBasedParser.v2` over `spacy.MultiHashEmbed.v2` and
`spacy.MaxoutWindowEncoder.v2`. Whatever else a package has is refused by name. Its decoder's state has three
tokens; what does not depend on a state is in the graph, for all tokens at once:

    rows int32 (tokens, attributes, 4)
      -> sum of 4 rows of each attribute's table -> maxout, layer norm -> 4 x residual window of 3 tokens
      -> linear 64 -> "features": what a token adds to the hidden layer as b0, as e0 and as the one before b0
                   -> "scores": of all actions where no entity is open

Sources: `spacy/ml/models/{tok2vec,parser}.py`, `spacy/ml/parser_model.pyx` of spaCy 3.8; Thinc 8.3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardian_build.convert.graph import GraphBuilder
from wardian_build.convert.read.msgpack import unpack
from wardian_build.errors import UnsupportedError

__all__ = ["build_config", "build_graph", "build_norms", "build_scorer", "build_tokenizer"]

Array = NDArray[np.float32]
#: spaCy's numbers of the attributes that a tokenizer's exceptions may have.
_ORTH, _NORM = 65, 67
#: Of `moves`: 1 to 4 are begin, in, last and unit, 5 is out.
_ACTIONS = {"1": "B", "2": "I", "3": "L", "4": "U", "5": "O"}
_ATTRIBUTES = ["NORM", "PREFIX", "SUFFIX", "SHAPE"]
_TOKENIZER = ("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match")


def build_graph(sources: Mapping[str, bytes]) -> bytes:
    """The network of `ner/model` as ONNX."""
    weights = _Weights(unpack(_one(sources, "ner/model")))
    graph = GraphBuilder("spacy_ner")
    tokens = _embedded(graph, weights)
    tokens = _normed_maxout(graph, tokens, weights, 0)
    tokens = _encoded(graph, tokens, weights)
    matrix, bias = weights.of("linear", {"nO": 64, "nI": 96})
    tokens = _affine(graph, tokens, "vectors", matrix.T, bias)
    features, scores = _state(graph, tokens, weights)
    return graph.build(
        {"rows": ("int32", ["tokens", len(_ATTRIBUTES), 4])},
        {features: ("float32", ["tokens", 3, 128]), scores: ("float32", ["tokens", "actions"])},
    )


def build_scorer(sources: Mapping[str, bytes]) -> bytes:
    """The last layer as JSON, for states in which an entity is open: float32 (actions, 64) and (actions,)."""
    weights = _Weights(unpack(_one(sources, "ner/model")))
    matrix, bias = weights.of("linear", {"nI": 64})
    # Nine digits are enough for every float32 to come back as it was.
    weight = [[float(f"{value:.9g}") for value in row] for row in matrix.tolist()]
    found = {"weight": weight, "bias": [float(f"{value:.9g}") for value in bias.tolist()]}
    return json.dumps(found, separators=(",", ":")).encode()


def build_config(sources: Mapping[str, bytes]) -> bytes:
    """Actions in the order of the scores, and how tables are hashed, as `config.json`."""
    weights = _Weights(unpack(_one(sources, "ner/model")))
    moves = json.loads(unpack(_one(sources, "ner/moves"))["moves"])
    actions = []
    for number, letter in _ACTIONS.items():
        labels = sorted(moves[number].items(), key=lambda item: (-item[1], item[0]))
        actions += [f"{letter}-{label}" if letter != "O" else "O" for label, _ in labels]
    tables = [{"attribute": name, **weights.table(index)[1]} for index, name in enumerate(_ATTRIBUTES)]
    return json.dumps({"model_type": "spacy-ner", "actions": actions, "tables": tables}, indent=1).encode()


def build_tokenizer(sources: Mapping[str, bytes]) -> bytes:
    """Expressions and exceptions of `tokenizer`: each exception a list of [text, norm or null]."""
    found = unpack(_one(sources, "tokenizer"))
    if found["token_match"] is not None or not found["faster_heuristics"]:
        raise _unsupported("the tokenizer's token_match, or rules without faster_heuristics")
    exceptions = {}
    for text, parts in found["exceptions"].items():
        if any(set(part) - {_ORTH, _NORM} for part in parts):
            raise _unsupported(f"attributes of the tokenizer's exception {text!r}")
        exceptions[text] = [[part[_ORTH], part.get(_NORM)] for part in parts]
    rules = {name.partition("_")[0]: found[name] for name in _TOKENIZER if found[name] is not None}
    return json.dumps({**rules, "exceptions": exceptions}, ensure_ascii=False, separators=(",", ":")).encode()


def build_norms(sources: Mapping[str, bytes]) -> bytes:
    """The table `lexeme_norm`: norms by the hash of a word."""
    table = unpack(_one(sources, "vocab/lookups.bin"))["lexeme_norm"]
    norms = {str(key): table[key] for key in sorted(table)}
    return json.dumps(norms, ensure_ascii=False, separators=(",", ":")).encode()


def _unsupported(what: str) -> UnsupportedError:
    return UnsupportedError("the package of spaCy", [(what, "take a small English package of spaCy 3.8")])


def _one(sources: Mapping[str, bytes], ending: str) -> bytes:
    found = [content for path, content in sources.items() if path.endswith(f"/{ending}")]
    if len(found) != 1:
        raise _unsupported(f"a package of spaCy without one {ending}")
    return found[0]


class _Weights:
    """Parameters of a serialized model of Thinc, by the names and dims of its nodes."""

    def __init__(self, model: Mapping[str, Any]) -> None:
        self._nodes = model["nodes"]
        self._params = model["params"]
        self._attrs = model["attrs"]
        columns = [unpack(attrs["columns"]) for attrs in self._attrs if "columns" in attrs]
        if columns != [_ATTRIBUTES]:
            raise _unsupported(f"a tagger over the attributes {columns}")

    def all(self, name: str) -> list[int]:
        return [node["index"] for node in self._nodes if node["name"] == name]

    def of(self, name: str, dims: Mapping[str, int]) -> tuple[Array, Array]:
        """Weight and bias of the one node of a name that has these dims."""
        fitting = [
            index for index in self.all(name)
            if all(self._nodes[index]["dims"].get(key) == value for key, value in dims.items())
        ]  # fmt: skip
        if len(fitting) != 1:
            raise _unsupported(f"a model of spaCy with {len(fitting)} layers {name} of {dict(dims)}")
        weight, bias = self.params(fitting[0], "W", "b")
        return weight, bias

    def params(self, index: int, *names: str) -> Any:
        return tuple(self._params[index][name] for name in names)

    def table(self, number: int) -> tuple[Array, dict[str, int]]:
        """An attribute's table of embeddings, and the seed and rows of its hash."""
        index = self.all("hashembed")[number]
        table = self._params[index]["E"]
        if unpack(self._attrs[index]["column"]) != number:
            raise _unsupported("tables of embeddings in another order than their attributes")
        return table, {"seed": unpack(self._attrs[index]["seed"]), "rows": len(table)}


def _affine(graph: GraphBuilder, given: str, name: str, matrix: Array, bias: Array) -> str:
    weight = graph.constant(f"{name}.weight", np.ascontiguousarray(matrix))
    return graph.op("Gemm", given, weight, graph.constant(f"{name}.bias", bias.ravel()), name=name)


def _embedded(graph: GraphBuilder, weights: _Weights) -> str:
    """float32 (tokens, 384): of each attribute the sum of four rows of its table, one after another."""
    tables = [weights.table(number)[0] for number in range(len(_ATTRIBUTES))]
    starts = np.cumsum([0, *map(len, tables[:-1])]).astype(np.int32).reshape(1, -1, 1)
    rows = graph.op("Add", "rows", graph.constant("table.starts", starts), name="rows.all")
    found = graph.op("Gather", graph.constant("tables", np.concatenate(tables)), rows, name="embedded")
    summed = graph.op("ReduceSum", found, graph.ints([2]), name="summed", keepdims=0)
    return graph.op("Reshape", summed, graph.ints([-1, 384]), name="concatenated")


def _normed_maxout(graph: GraphBuilder, given: str, weights: _Weights, number: int) -> str:
    """The best of three linear units each, then layer norm."""
    matrix, bias = weights.params(weights.all("maxout")[number], "W", "b")
    gain, shift = weights.params(weights.all("layernorm")[number], "G", "b")
    name = f"maxout{number}"
    best = _best(graph, given, name, matrix, bias)
    scale = [graph.constant(f"{name}.gain", gain), graph.constant(f"{name}.shift", shift)]
    return graph.op("LayerNormalization", best, *scale, name=f"{name}.normed", epsilon=1e-8)


def _best(graph: GraphBuilder, given: str, name: str, matrix: Array, bias: Array) -> str:
    """Maxout of float32 (units, pieces, inputs): pieces lie one after another, so a split cuts them apart."""
    pieces = matrix.shape[1]
    columns = matrix.transpose(1, 0, 2).reshape(-1, matrix.shape[2]).T
    units = _affine(graph, given, name, columns, np.ascontiguousarray(bias.T))
    parts = graph.ops("Split", units, names=[f"{name}.{n}" for n in range(pieces)], axis=1)
    return graph.op("Max", *parts, name=f"{name}.best")


def _encoded(graph: GraphBuilder, tokens: str, weights: _Weights) -> str:
    """Four residual layers over a token and its neighbours; four empty tokens before and behind, as in Thinc.

    What lies farther away than these four cannot reach a token, so a long text may be cut with four tokens
    of what is around it.
    """
    depth = len(weights.all("maxout")) - 1
    if depth != 4:
        raise _unsupported(f"a window encoder of spaCy with {depth} layers")
    around = graph.ints([depth, 0, depth, 0])
    tokens = graph.op("Pad", tokens, around, name="padded")
    for layer in range(1, depth + 1):
        edge = graph.op("Pad", tokens, graph.ints([1, 0, 1, 0]), name=f"edged{layer}")
        axis, step = graph.ints([0]), graph.ints([1])
        windows = [
            graph.op("Slice", edge, graph.ints([start]), graph.ints([end]), axis, step, name=f"{name}{layer}")
            for name, start, end in (("before", 0, -2), ("at", 1, -1), ("behind", 2, 2**31 - 1))
        ]
        window = graph.op("Concat", *windows, name=f"window{layer}", axis=1)
        changed = _normed_maxout(graph, window, weights, layer)
        tokens = graph.op("Add", tokens, changed, name=f"residual{layer}")
    return graph.op(
        "Slice", tokens, graph.ints([depth]), graph.ints([-depth]), graph.ints([0]), name="encoded"
    )


def _state(graph: GraphBuilder, tokens: str, weights: _Weights) -> tuple[str, str]:
    """The hidden layer's input by the three places of a state, pieces one after another; and the scores of
    states in which the second and third place are empty."""
    index = weights.all("precomputable_affine")[0]
    matrix, bias, pad = weights.params(index, "W", "b", "pad")
    if matrix.shape != (3, 64, 2, 64):
        raise _unsupported(f"a state of spaCy with the weights {matrix.shape}")
    columns = matrix.transpose(0, 2, 1, 3).reshape(-1, 64).T
    flat = _affine(graph, tokens, "places", columns, np.zeros(columns.shape[1], np.float32))
    bias = np.concatenate([bias.T.ravel(), np.zeros(256, np.float32)]).reshape(3, 128)
    places = graph.op("Reshape", flat, graph.ints([-1, 3, 128]), name="places.apart")
    features = graph.op("Add", places, graph.constant("places.shift", bias), name="features")
    empty = (pad[0, 1] + pad[0, 2]).T.ravel()
    first = graph.op("Slice", features, graph.ints([0]), graph.ints([1]), graph.ints([1]), name="first")
    alone = graph.op("Reshape", first, graph.ints([-1, 128]), name="first.flat")
    hidden = graph.op("Add", alone, graph.constant("places.empty", empty), name="hidden")
    parts = graph.ops("Split", hidden, names=["hidden.0", "hidden.1"], axis=1)
    best = graph.op("Max", *parts, name="hidden.best")
    upper, shift = weights.of("linear", {"nI": 64})
    return features, _affine(graph, best, "scores", upper.T, shift)
