"""Questions in Chinese, and in English about a Chinese text, with the model that visitors choose for them."""

from __future__ import annotations

from typing import NoReturn

import pytest

from support import run
from wardian import pipeline
from wardian.errors import ModelError, UnknownNameError
from wardian.hub import find_models_dir
from wardian.tasks.ask import ask

RULES = """# 宿舍管理规定

## 作息

宿舍晚上十一点熄灯，早上六点开门。周末可以晚半小时。

## 访客

访客须在门卫处登记，晚上九点前离开。不得留宿。

## 电器

禁止使用电炉和热水棒。发现后由管理员代为保管，学期末归还。

## 报修

水管或门锁坏了，请在一楼的本子上写明房号，第二天上午有人来修。
"""

ANSWERS = {
    "龙头漏水怎么办？": "水管或门锁坏了，请在一楼的本子上写明房号，第二天上午有人来修。",
    "几点关灯？": "宿舍晚上十一点熄灯，早上六点开门。",
    "被没收的东西什么时候还？": "发现后由管理员代为保管，学期末归还。",
    "When must visitors leave?": "访客须在门卫处登记，晚上九点前离开。",
}


def test_chinese_with_the_multilingual_model() -> None:
    run(compare())


async def unasked(kind: str, model: str) -> NoReturn:
    raise AssertionError(f"nobody asked for {model}")


async def compare() -> None:
    try:
        models = find_models_dir()
        pipe = await pipeline("feature-extraction", "multilingual-e5-small", device="cpu", models_dir=models)
    except (ModelError, UnknownNameError):
        pytest.skip("multilingual-e5-small is not built: python build.py site")
    async with pipe:
        for question, sentence in ANSWERS.items():
            [found] = [one async for one in ask(RULES, question, False, pipe, unasked)]
            best = found.answers[0]
            assert best.text[slice(*best.sentence)] == sentence, question
