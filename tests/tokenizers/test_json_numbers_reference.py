"""Numbers of long texts against what the reference's JSON parser makes of them."""

from __future__ import annotations

import json
import random

import tokenizers as reference
from wardian.tokenizers import Tokenizer
from wardian.tokenizers.models import Unigram


def test_scores_with_any_digits_and_exponent() -> None:
    source = random.Random(4)
    tails = ["", "", "", "e-3", "e1", "E-25", "e2", "e-290", "e-330"]
    numbers = ["0.0", "-0.0", "3", "-7", "0.1", "1e5", "123456789012345678901234567890", "-0.3e-400"]
    for _ in range(3000):
        digits = "".join(source.choices("0123456789", k=source.randrange(1, 26)))
        numbers.append(f"-{source.randrange(20)}.{digits}{source.choice(tails)}")
    vocab = ",".join(f'["{place}",{number}]' for place, number in enumerate(numbers))
    content = (
        f'{{"version":"1.0","added_tokens":[],"model":{{"type":"Unigram","unk_id":0,"vocab":[{vocab}]}}}}'
    )
    ours = Tokenizer.from_str(content, backend="python").model
    assert isinstance(ours, Unigram)
    theirs = json.loads(reference.Tokenizer.from_str(content).to_str())["model"]["vocab"]
    assert [score for _, score in ours.pieces] == [score for _, score in theirs]
    assert sum(float(number) != score for number, (_, score) in zip(numbers, theirs, strict=True)) > 100
