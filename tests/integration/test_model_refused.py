"""A model that turns every question away, by key or by name: its operators are told, and once."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.api.admin_lists import overview_parts
from bot.api.metrics import Figures
from bot.llm.breaker import ModelBreaker
from bot.llm.chat import Fault
from bot.overview import overview
from tests.fakes.model_stand_in import refusal, words
from tests.model_talk import Talk, open_talk, said

_FREE = "hey was it me or did food get a bit out of hand lately"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        yield talk


def _refused(talk: Talk) -> list[str]:
    figures = Figures(talk.app).collect()
    family = next(one for one in figures if one.name == "financemaster_model_refused")
    return [one.labels["model"] for one in family.samples]


def _warnings(talk: Talk) -> list[str]:
    return [one for one in overview(talk.app)["warnings"] if "answers nothing" in one]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "code", "setting"),
    [
        (401, "invalid_api_key", "FM_MODEL__API_KEY"),
        (403, "forbidden", "FM_MODEL__API_KEY"),
        (404, "model_not_found", "FM_MODEL__NAME"),
    ],
)
def test_operators_see_it_until_it_answers(
    opened: Talk, caplog: pytest.LogCaptureFixture, status: int, code: str, setting: str
):
    talk = opened.led(name=f"m{status}")
    talk.stand_in.will(refusal(status, code))
    with caplog.at_level(logging.ERROR, "financemaster.model"):
        _, reply = said(talk.visitor(), _FREE)
        said(talk.visitor(), _FREE)
    assert [one.message for one in caplog.records].count("model_refused") == 1
    assert "Free talk is off" in reply
    assert f"m{status}" in _refused(talk)
    [told] = [one for one in _warnings(talk) if f"m{status}" in one]
    assert setting in told
    assert told in "".join(map(str, overview_parts(talk.app)))
    talk = opened.led(name=f"m{status}")  # another key, a new start
    talk.stand_in.will(words("Hello there."))
    said(talk.visitor(), _FREE)
    assert f"m{status}" not in _refused(talk)
    assert not [one for one in _warnings(talk) if f"m{status}" in one]


def test_is_told_once_until_it_answers():
    breaker = ModelBreaker()
    assert not breaker.refused(Fault.TIMEOUT)
    assert breaker.refused(Fault.AUTH)
    assert not breaker.refused(Fault.NOT_FOUND)
    breaker.succeeded()
    assert breaker.refused(Fault.AUTH)
