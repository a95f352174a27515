"""The long list of brands: it fits the way texts are looked up, and stays behind our own lists."""

from __future__ import annotations

from core.categories.scheme import is_known
from core.payees.brands import FILE, brands
from core.payees.categorise import recognise
from core.payees.dictionary import curated, dictionary
from core.payees.words import fold_words

LISTED = list(brands())


class TestBrands:
    def test_are_thousands(self):
        assert len(LISTED) > 10_000

    def test_have_known_categories_and_folded_phrases(self):
        assert {slug for slug, _, _ in LISTED if not is_known(slug)} == set()
        said = [phrase.removeprefix("=") for _, _, phrases in LISTED for phrase in phrases]
        assert [phrase for phrase in said if " ".join(fold_words(phrase)) != phrase] == []

    def test_never_change_what_the_lists_kept_by_hand_say(self):
        ours, all_of_them = curated(), dictionary()
        assert {p: m for p, m in ours.whole.items() if all_of_them.whole[p] != m} == {}
        assert ours.beginnings.get("starbucks") == all_of_them.beginnings.get("starbucks")

    def test_carry_their_licence(self):
        head = FILE.read_text("utf-8")[:4000]
        assert "BSD 3-Clause" in head
        assert "name-suggestion-index contributors" in head

    def test_are_known_among_the_noise_of_a_bank(self):
        found = recognise("POS PURCHASE GIGGLING SQUID 0421 BRISTOL GBR", inflow=False)
        assert (found.payee.name, found.guess.category) == (
            "Giggling Squid",
            "FOOD_AND_DRINK_RESTAURANT",
        )
        assert found.guess.confidence >= 90

    def test_with_an_everyday_name_are_known_by_it_alone(self):
        assert recognise("MOSS", inflow=False).payee.name == "Moss"
        assert recognise("MOSS SIDE GARAGE", inflow=False).payee.name != "Moss"
