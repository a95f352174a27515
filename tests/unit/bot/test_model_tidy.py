"""Small habits of models cost no second question."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.llm.tidy import tidied
from core.facts import Fact, count, money, percent
from core.money import Money

FACTS: dict[str, Fact] = {
    "f1": money("spent", Money.of("12.50", "USD")),
    "f2": percent("share", Decimal("12.5")),
    "f3": count("count", 4),
    "c1": money("worked_out", Money.of("3", "USD")),
}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("You spent ${f1}.", "You spent {f1}."),
        ("You spent {f1} dollars, \u20ac{c1}.", "You spent {f1}, {c1}."),
        ("That is {f2}% of it, {f2} percent.", "That is {f2} of it, {f2}."),
        ("It is [f1] or {{f1}} or { f1 } or f1.", "It is {f1} or {f1} or {f1} or {f1}."),
        ("**{f1}** in {f3} payments", "{f1} in {f3} payments"),
        ("Most went to «Nero».", "Most went to Nero."),
        ("<think>hm, $99?</think>It is {f1}.", "It is {f1}."),
        ("<think>never ended, 12 dollars", ""),
        ("$5 and f9 and {f9}", "$5 and f9 and {f9}"),
        ("{f3} dollars", "{f3} dollars"),
        ("${f1:abs} less, {{f1:abs}} dollars", "{f1:abs} less, {f1:abs}"),
    ],
)
def test_reads_a_reference_in_whichever_way_it_is_written(said: str, meant: str):
    assert tidied(said, FACTS) == meant
