"""DeBERTa-v2 and v3 with settings that few have, and the rows of distances, against transformers'.

`hf_pipelines.json` has them; `tests/pipelines` has the pipelines of a model with the settings of v3.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnxruntime
import pytest

from golden import hf_models, hf_pipelines
from wardian_build.convert.architectures import build, head_kind
from wardian_build.convert.architectures.deberta_v2 import distance_rows
from wardian_build.convert.architectures.weights import Config
from wardian_build.errors import ConversionError, UnsupportedError

GOLDEN = hf_pipelines.unpacked(json.loads(hf_pipelines.GOLDEN.read_text("utf-8"))["deberta"])
#: float32 both, other order of sums, through two layers.
TOLERANCE = 1e-5


def made(name: str, **changes: Any) -> bytes:
    entry = GOLDEN["models"][name]
    config = Config({**entry["config"], **changes})
    tensors = {key: hf_models.weights(key, tuple(shape)) for key, shape in entry["tensors"].items()}
    return build(config, tensors, head_kind(config, None), "model.safetensors").model("model")


@pytest.mark.parametrize("name", GOLDEN["models"])
def test_equals_transformers(name: str) -> None:
    entry = GOLDEN["models"][name]
    session = onnxruntime.InferenceSession(made(name))
    inputs, expected = hf_models.arrays(entry["inputs"]), hf_models.arrays(entry["outputs"])
    assert {value.name for value in session.get_inputs()} == set(inputs)
    found = dict(zip(expected, session.run(list(expected), inputs), strict=True))
    for output, values in expected.items():
        np.testing.assert_allclose(found[output], values, atol=TOLERANCE)


@pytest.mark.parametrize("sizes", GOLDEN["distances"])
def test_distances(sizes: str) -> None:
    """Also those beyond the longest have its row: there is no row behind it."""
    buckets, longest = map(int, sizes.split())
    expected = np.clip(np.array(GOLDEN["distances"][sizes]) + buckets, 0, 2 * buckets - 1)
    assert distance_rows(buckets, longest).tolist() == expected.tolist()
    assert expected[0] == 0 and expected[-1] == 2 * buckets - 1


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"conv_kernel_size": 3}, UnsupportedError, "conv_kernel_size = 3"),
        ({"relative_attention": False}, UnsupportedError, "relative_attention"),
        ({"pos_att_type": ["p2p"]}, UnsupportedError, "pos_att_type"),
        ({"embedding_size": 8}, UnsupportedError, "embedding_size = 8"),
        ({"position_buckets": 9}, ConversionError, "rel_embeddings"),
    ],
)
def test_what_is_not_written_is_refused(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        made("c2p", **changes)
