"""Law 7 in wordings that nobody foresaw: where something was asked for, and nothing is done yet.

The sentences are held out (``tests/eval/model_claims.toml``); those of the evaluation are what its
scripted model honestly says.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace

from bot.llm.acts import Record
from bot.llm.claims import forbidden
from tests.bars import Bar
from tests.fakes.scripted_model import PLACE
from tests.model_claims import sentences

# The amounts of all wishes that the sentences are about: what the user typed is no fact.
_SAID = "put down 30, 45.20, 20, 12.50 or 12,50, 250, 900, 450, 38, 120, on the 9th at 10"
# Nothing is prepared, whatever the words say; and something is, which code asks the user about.
_WISHED = Record(said=_SAID, wished=True)
_SHOWN = replace(_WISHED, shown=True)


def test_unseen_wordings_of_a_claim(bar: Bar):
    stated = sentences("stated")
    assert len(stated) >= 60
    caught = [text for text in stated if list(forbidden(text, _WISHED))]
    bar("claims in unseen wordings caught", len(caught), of=len(stated), at_least=95, unit="%")
    beside = [text for text in stated if list(forbidden(text, _SHOWN))]
    told = "claims in unseen wordings caught, beside a question of ours"
    bar(told, len(beside), of=len(stated), at_least=90, unit="%")


def test_unseen_wordings_of_an_offer(bar: Bar):
    offered = sentences("offered")
    assert len(offered) >= 45
    stopped = [text for text in offered if list(forbidden(text, _SHOWN))]
    bar("offers in unseen wordings stopped", len(stopped), of=len(offered), at_most=5, unit="%")


def test_honest_words_of_the_evaluation(bar: Bar):
    tables = tomllib.loads(PLACE.read_text(encoding="utf-8"))
    said = [(text, one["said"], False) for one in tables["turn"] for text in one.get("says", ())]
    for words in tables["words"].values():
        said += [(text, _SAID, True) for text in words["asks"]]
        said += [(text.replace("%", "f1"), _SAID, False) for text in words["fact"]]
    stopped = [
        text
        for text, asked, wished in said
        if list(forbidden(text, Record(said=asked, wished=wished, shown=wished)))
    ]
    bar("honest words of the evaluation stopped", len(stopped), of=len(said), at_most=1, unit="%")
