"""Trees and what is built of them: one TreeEnsembleRegressor, with thresholds and leaves in float64.

Decision trees and forests see float32: scikit-learn rounds a row before it asks a tree, and so does the
graph. Histogram gradient boosting compares in float64. Sums are float64 inside and come out as float32;
where something is added to them afterwards, what float32 leaves out comes out beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from wardian_build.convert.sklearn.category_splits import THRESHOLD, CategorySplits
from wardian_build.convert.sklearn.described import Described
from wardian_build.convert.sklearn.table import Block, Writer

__all__ = ["FORESTS", "forest", "isolation"]

_FLOAT, _DOUBLE = 1, 11
_MOST_NODES = 5_000_000

FORESTS: tuple[str, ...] = (
    *("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"),
    *("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor"),
    *("GradientBoostingClassifier", "GradientBoostingRegressor"),
    *("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"),
)


@dataclass(frozen=True)
class _Tree:
    """Nodes in order; `left` and `right` are numbers of nodes, and mean nothing where `leaf`.

    `values` is float64 (nodes, targets), of which the first target is `target` in the whole ensemble.
    """

    leaf: NDArray[np.bool_]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.int64]
    values: NDArray[np.float64]
    target: int = 0


def forest(w: Writer, step: Described, block: Block, hard: bool = False) -> tuple[str, int]:
    """What the ensemble adds up, before any link: float64 (batch_size, targets), and their number.

    With `hard` a single tree gives 1 for the class that it predicts, and 0 for others.
    """
    boosted = "GradientBoosting" in step.kind
    histogram = step.kind.startswith("Hist")
    start: NDArray[Any] | None = None
    if histogram:
        trees, block = _histogram(w, step, block)
        start = step.array("_baseline_prediction").reshape(-1)
    elif boosted:
        trees, start = _boosted(step)
    elif step.has("tree_"):
        trees = [_tree(step, 1)]
        if hard:
            best = trees[0].values.argmax(axis=1)
            trees = [replace(trees[0], values=np.eye(trees[0].values.shape[1])[best])]
    else:
        members = step.raw("estimators_")
        trees = [_tree(step.child(one, f"tree {n}"), len(members)) for n, one in enumerate(members)]
    if histogram:
        for column in block.columns:
            if column is not None:
                column.missing = True
    total, targets = _summed(w, step, block, trees, rounded=not histogram, whole=start is not None)
    return (total if start is None else w.op("Add", total, w.constant(start))), targets


def isolation(w: Writer, step: Described, block: Block) -> str:
    """How deep a row falls in all trees together, float64 (batch_size, 1): outliers soon stand alone.

    A leaf counts as deep as it lies, and as a tree of its rows of the training would be.
    """
    trees = []
    for number, table in enumerate(step.raw("estimators_")):
        tree = _tree(step.child(table, f"tree {number}"), 1)
        lists = [
            step.raw(name)[number] for name in ("_decision_path_lengths", "_average_path_length_per_tree")
        ]
        path, below = (np.array(step.plain(one, "path lengths"), np.float64) for one in lists)
        columns = np.array(step.plain(step.raw("estimators_features_")[number], "columns"), np.int64)
        if not len(path) == len(below) == len(tree.leaf) or tree.feature.max(initial=0) >= len(columns):
            raise step.bad(f"tree {number}", f"{len(tree.leaf)} path lengths", f"{len(path)}")
        depth = (path + below - 1)[:, None]
        feature = columns[np.where(tree.leaf, 0, tree.feature)]
        trees.append(replace(tree, feature=feature, values=depth))
    return _summed(w, step, block, trees, rounded=True, whole=True)[0]


def _summed(
    w: Writer, step: Described, block: Block, trees: Sequence[_Tree], rounded: bool, whole: bool
) -> tuple[str, int]:
    """The sum over trees, float64, and how many numbers it has.

    `rounded` trees see float32. A `whole` sum has the bits that float32 has no room for, too.
    """
    targets = max(tree.target + tree.values.shape[1] for tree in trees)
    value = w.numbers(block, step)
    if rounded:
        value = w.op("Cast", w.op("Cast", value, to=_FLOAT), to=_DOUBLE)
    _check(step, trees, len(block.columns))
    _hints(block, trees)
    if not whole:
        return w.op("Cast", _ensemble(w, trees, targets, value), to=_DOUBLE), targets
    parts = w.op("Cast", _ensemble(w, _halved(trees), 2 * targets, value), to=_DOUBLE)
    pairs = w.op("Reshape", parts, w.graph.ints([-1, targets, 2]))
    return w.op("ReduceSum", pairs, w.graph.ints([2]), keepdims=0), targets


def _halved(trees: Sequence[_Tree]) -> list[_Tree]:
    """Leaves with two numbers for each of theirs, a coarse and a fine one, whose sum it is.

    The coarse ones are multiples of one power of two, and too few of it to need more than the 24 bits of
    a float32 when those of all trees are added; the fine ones are what that leaves.
    """
    reach = sum(float(np.abs(tree.values).max(initial=0)) for tree in trees)
    grain = 2.0 ** (np.ceil(np.log2(reach)) - 23) if reach else 1.0
    halved = []
    for tree in trees:
        coarse = np.round(tree.values / grain) * grain
        both = np.stack([coarse, tree.values - coarse], axis=2).reshape(len(coarse), -1)
        halved.append(replace(tree, values=both, target=2 * tree.target))
    return halved


def _tree(step: Described, among: int) -> _Tree:
    """A decision tree whose leaves are divided by the number of trees; shares of classes if it has such."""
    nodes = step.fitted("tree_")
    values = nodes.array("value").astype(np.float64)
    if values.ndim != 3 or values.shape[1] != 1:
        raise step.unsupported("with several outputs", "fit an estimator for each")
    values = values[:, 0, :]
    if step.kind.endswith("Classifier"):
        values = values / values.sum(axis=1, keepdims=True)
    left = nodes.array("children_left").astype(np.int64)
    missing = nodes.array("missing_go_to_left") if nodes.has("missing_go_to_left") else np.zeros(len(left))
    return _Tree(
        left < 0, left, nodes.array("children_right").astype(np.int64),
        nodes.array("feature").astype(np.int64), nodes.array("threshold").astype(np.float64),
        missing.astype(np.int64), values / among,
    )  # fmt: skip


def _boosted(step: Described) -> tuple[list[_Tree], NDArray[Any]]:
    if not step.has("raw_init"):
        raise step.unsupported("with an init estimator of its own", "fit it with init=None or init='zero'")
    rate, trees = float(step.param("learning_rate")), []
    for stage, row in enumerate(step.raw("estimators_")):
        for target, table in enumerate(row):
            tree = _tree(step.child(table, f"tree {stage}"), 1)
            trees.append(_Tree(**{**vars(tree), "values": tree.values * rate, "target": target}))
    return trees, step.array("raw_init").reshape(-1)


def _histogram(w: Writer, step: Described, block: Block) -> tuple[list[_Tree], Block]:
    """The trees, and the columns that they compare."""
    splits = CategorySplits(w, step, block) if step.has("_preprocessor") else None
    trees = []
    for stage, row in enumerate(step.raw("_predictors")):
        for target, table in enumerate(row):
            nodes = step.child(table, f"tree {stage}")
            feature = nodes.array("feature_idx").astype(np.int64)
            threshold = nodes.array("num_threshold").astype(np.float64)
            leaf, missing_left = nodes.array("is_leaf").astype(bool), nodes.array("missing_go_to_left")
            if splits is not None:
                sets = nodes.array("raw_left_cat_bitsets")
                categorical, at = nodes.array("is_categorical"), nodes.array("bitset_idx")
                for node in np.flatnonzero(~leaf):
                    if not categorical[node]:
                        feature[node] = splits.feature(feature[node])
                        continue
                    if at[node] >= len(sets):
                        raise nodes.bad("raw_left_cat_bitsets", f"at least {at[node] + 1}", f"{len(sets)}")
                    feature[node] = splits.split(feature[node], sets[at[node]], bool(missing_left[node]))
                    threshold[node] = THRESHOLD
            trees.append(
                _Tree(
                    leaf, nodes.array("left").astype(np.int64), nodes.array("right").astype(np.int64),
                    feature, threshold, missing_left.astype(np.int64),
                    nodes.array("value").astype(np.float64)[:, None], target,
                )
            )  # fmt: skip
    return trees, block if splits is None else splits.block()


def _check(step: Described, trees: Sequence[_Tree], features: int) -> None:
    """Nodes lead to later nodes and look at columns that are there."""
    if sum(len(tree.leaf) for tree in trees) > _MOST_NODES:
        raise step.unsupported(f"with more than {_MOST_NODES:,} nodes", "fit fewer or shallower trees")
    for number, tree in enumerate(trees):
        lengths = {len(column) for column in vars(tree).values() if isinstance(column, np.ndarray)}
        if lengths != {len(tree.leaf)}:
            raise step.bad(f"tree {number}", "nodes in order", f"columns of {sorted(lengths)} nodes")
        inner, own = ~tree.leaf, np.arange(len(tree.leaf))
        ends = np.stack([tree.left, tree.right])[:, inner]
        sound = (ends > own[inner]).all() and (ends < len(own)).all()
        if not sound or (
            inner.any() and not 0 <= tree.feature[inner].min() <= tree.feature[inner].max() < features
        ):
            raise step.bad(f"tree {number}", f"nodes in order, over {features} columns", "others")


def _hints(block: Block, trees: Sequence[_Tree]) -> None:
    """Made-up rows should fall on both sides of thresholds, and close to them."""
    for tree in trees[:20]:
        inner = ~tree.leaf
        for feature, threshold in zip(tree.feature[inner][:50], tree.threshold[inner][:50], strict=True):
            column = block.columns[feature] if 0 <= feature < len(block.columns) else None
            if column is not None and np.isfinite(threshold):
                column.hints += [float(threshold), float(np.nextafter(threshold, np.inf))]


def _ensemble(w: Writer, trees: Sequence[_Tree], targets: int, value: str) -> str:
    sizes = [len(tree.leaf) for tree in trees]
    leaf = np.concatenate([tree.leaf for tree in trees])
    nodes = np.concatenate([np.arange(size) for size in sizes])
    numbers = np.repeat(np.arange(len(trees)), sizes)

    def of(name: str) -> NDArray[Any]:
        return np.where(leaf, 0, np.concatenate([getattr(tree, name) for tree in trees]))

    # A leaf has a weight for each of its tree's targets.
    weights = [(tree.values[tree.leaf], np.flatnonzero(tree.leaf), tree.target) for tree in trees]
    ids = [np.tile(np.arange(v.shape[1]) + target, len(v)) for v, _, target in weights]
    attributes = {
        "nodes_treeids": numbers, "nodes_nodeids": nodes, "nodes_featureids": of("feature"),
        "nodes_truenodeids": of("left"), "nodes_falsenodeids": of("right"),
        "nodes_missing_value_tracks_true": of("missing_left"),
        "target_treeids": np.concatenate([np.full(v.size, n) for n, (v, _, _) in enumerate(weights)]),
        "target_nodeids": np.concatenate([np.repeat(at, v.shape[1]) for v, at, _ in weights]),
        "target_ids": np.concatenate(ids),
    }  # fmt: skip
    return w.op(
        "TreeEnsembleRegressor", value, domain="ai.onnx.ml", n_targets=targets, aggregate_function="SUM",
        post_transform="NONE", nodes_modes=np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        nodes_values_as_tensor=numpy_helper.from_array(of("threshold").astype(np.float64)),
        target_weights_as_tensor=numpy_helper.from_array(
            np.concatenate([v.reshape(-1) for v, *_ in weights])
        ),
        **{name: array.astype(np.int64).tolist() for name, array in attributes.items()},
    )  # fmt: skip
