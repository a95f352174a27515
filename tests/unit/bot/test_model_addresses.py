"""No links but ours: whatever reads as an address is found, and no sentence of ours is one."""

import re

import pytest

from bot.llm.acts import Record
from bot.llm.addresses import addresses
from bot.llm.claims import forbidden
from prompts.phrasebook import Phrasebook, languages
from tests.bars import Bar
from tests.model_claims import sentences

ENDINGS = re.findall(
    r"\w+",
    "com net org info biz xyz top club online site shop app dev io ai me co ly gg tv cc ws to"
    " ru cn in es mx ar br uk de fr it pl nl se no fi jp kr za ng ke pk bd id vn ph link click"
    " live money zip mov page chat gift",
)
# Places that our own phrases name: help in need, and examples of what to type.
OURS = {"findahelpline.com", "infy.bse", "ana@example.com"}
_SLOT = re.compile(r"\{[^{}]*\}")


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_one(ending: str):
    for text in (f"See evil.{ending} now.", f"evil.{ending.upper()}/x", f"Evil.{ending.title()}"):
        assert list(addresses(text)), text


@pytest.mark.parametrize("text", sentences("links"))
def test_links_in_all_shapes(text: str):
    assert list(addresses(text))


@pytest.mark.parametrize(
    "text",
    [
        "It is 1.5 or 12.50, or 1.234,50.",
        "U.S. and EE.UU., e.g. this, p.ej. that, i.e. both.",
        "It is done.Next we see.",
        "At 9 a.m. or 12:30:45 on 01.12.2026.",
        "See report.pdf.",
        "A.B. Smith of Acme S.A. de C.V.",
        "El 1.er día, en este punto es poco.",
        "Wait...what, and so on...",
        "$1.2k, 3.5%, no.1",
    ],
)
def test_figures_initials_and_ends_of_sentences_are_none(text: str):
    assert list(addresses(text)) == []


def test_our_own_sentences_have_none(bar: Bar):
    phrases = [one for lang in languages() for one in Phrasebook.load(lang)]
    texts = {_SLOT.sub("12.50", one.source) for each in phrases for _, one in each.templates()}
    found = {each.lower() for text in texts for each in addresses(text)} - OURS
    assert found == set()
    bar("our own sentences taken for links", len(found), of=len(texts), at_most=0)


SHOPS = ("Booking.com", "Cult.fit", "Amazon.in Marketplace", "evil.ru/x", "A dot com")


@pytest.mark.parametrize(
    "text",
    [
        "Booking.com took {f1}.",
        "Most went to cult.fit, then to Booking.com.",
        "Amazon.in Marketplace is first (Cult.fit second).",
        "Was it Booking.com?",
    ],
)
def test_a_shop_among_the_facts_is_a_plain_word(text: str):
    assert list(addresses(text.replace("{f1}", "\u2026")))
    assert list(forbidden(text, Record(shops=SHOPS))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Booking.com/login took {f1}.",
        "See https://booking.com now.",
        "www.booking.com",
        "pay@booking.com",
        "Booking.com.evil.ru",
        "evil-Booking.com",
        "my.booking.com",
        "Agoda.com took {f1}.",
        "Amazon.in",
        "evil.ru/x",
        "evil.ru",
        "Booking[.]com",
    ],
)
def test_all_else_that_looks_like_one_is_none(text: str):
    assert list(forbidden(text, Record(shops=SHOPS)))
