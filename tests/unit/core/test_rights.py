"""Consumer rights by country: stored with law, source and the day they were checked."""

from __future__ import annotations

from datetime import date

import pytest

from core.handoff.rights import Wrong, right_in, rights
from intents.rights import is_hardship, wrong_in


class TestRights:
    def test_name_their_law_source_and_the_one_time_to_keep(self):
        for cases in rights().values():
            for right in cases.values():
                assert right.source.startswith("https://")
                assert 0 < len(right.law) <= 40
                assert right.checked >= date(2026, 1, 1)
                assert sum(map(bool, (right.days, right.weeks, right.months))) == 1

    @pytest.mark.parametrize(
        ("country", "wrong", "law"),
        [
            ("US", Wrong.UNAUTHORISED, "Regulation E"),
            ("US", Wrong.BILLING, "Regulation Z"),
            ("ES", Wrong.UNAUTHORISED, "2015/2366"),
            ("DE", Wrong.REFUND, "2011/83"),
            ("GB", Wrong.REFUND, "Consumer Contracts"),
            ("IN", Wrong.UNAUTHORISED, "RBI"),
        ],
    )
    def test_hold_where_somebody_lives(self, country, wrong, law):
        right = right_in(country, wrong)
        assert right is not None
        assert law in right.law

    @pytest.mark.parametrize(
        ("country", "wrong"), [("US", Wrong.REFUND), ("IN", Wrong.BILLING), ("JP", Wrong.BILLING)]
    )
    def test_that_are_not_sure_are_not_told(self, country, wrong):
        assert right_in(country, wrong) is None


class TestAMessage:
    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("Netflix charged me twice!!", Wrong.BILLING),
            ("they charged me after I already cancelled the gym", Wrong.BILLING),
            ("i was charged for a free trial i cancelled", Wrong.BILLING),
            ("amazon won’t refund me", Wrong.REFUND),
            ("the shop refuses to refund my shoes", Wrong.REFUND),
            ("I didn't authorise this", Wrong.UNAUTHORISED),
            ("me cobraron dos veces", Wrong.BILLING),
            ("Zara no me devuelve el dinero", Wrong.REFUND),
            ("hay un cargo que no reconozco", Wrong.UNAUTHORISED),
        ],
    )
    def test_tells_what_was_done_wrongly(self, text, wrong):
        assert wrong_in(text) is wrong

    @pytest.mark.parametrize(
        "text",
        [
            "coffee 4",
            "refund from zara 20",
            "double entries",
            "twice as much as april",
            "charge 4 to visa",
            "",
        ],
    )
    def test_about_something_else_tells_of_nothing_wrong(self, text):
        assert wrong_in(text) is None

    @pytest.mark.parametrize(
        "text",
        [
            "I can't pay my rent this month",
            "i lost my job",
            "no llego a fin de mes",
            "no puedo pagar la luz",
        ],
    )
    def test_tells_of_hardship(self, text):
        assert is_hardship(text)

    @pytest.mark.parametrize(
        "text",
        [
            "what if i lost my job in july",
            "can i pay rent",
            "pay rent 900",
            "¿y si pierdo el trabajo?",
        ],
    )
    def test_that_only_asks_what_would_be_tells_of_none(self, text):
        assert not is_hardship(text)
