"""The category scheme is complete, and every slug has a name to show and a flow to count by."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pytest

from core.categories.cover import expand, flow_of
from core.categories.scheme import (
    DETAILED,
    PRIMARIES,
    UNCATEGORISED,
    BadCategoryName,
    Flow,
    UnknownCategory,
    category,
    is_known,
    is_user_category,
    user_category,
)
from core.ledger.entry import Flow as LedgerFlow
from core.payees.categorise import guess_for_words
from core.payees.guess import UNCATEGORISED as UNGUESSED

WORDS = tomllib.loads(
    (Path(__file__).resolve().parents[3] / "prompts" / "en" / "categories.toml").read_text("utf-8")
)
EVERY = {*DETAILED, *PRIMARIES, UNCATEGORISED}


class TestScheme:
    def test_has_all_categories_of_version_one(self):
        assert (len(PRIMARIES), len(set(DETAILED))) == (16, 104)

    def test_agrees_with_the_published_list(self, shared_data):
        path = shared_data / "taxonomies" / "plaid_pfc_taxonomy_v1.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["DETAILED"] for row in rows} == set(DETAILED)
        assert {row["PRIMARY"] for row in rows} == set(PRIMARIES)
        assert all(category(row["DETAILED"]).primary == row["PRIMARY"] for row in rows)

    @pytest.mark.parametrize(
        ("slug", "flow"),
        [
            ("FOOD_AND_DRINK_GROCERIES", Flow.SPEND),
            ("FOOD_AND_DRINK", Flow.SPEND),
            ("INCOME_WAGES", Flow.INCOME),
            ("TRANSFER_IN_SAVINGS", Flow.MOVE),
            ("TRANSFER_OUT", Flow.MOVE),
            ("LOAN_PAYMENTS_MORTGAGE_PAYMENT", Flow.SPEND),
            ("LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", Flow.MOVE),
            ("user:yoga", Flow.SPEND),
            (UNCATEGORISED, Flow.SPEND),
        ],
    )
    def test_counts_moves_between_own_accounts_as_neither_spending_nor_income(self, slug, flow):
        assert category(slug).flow is flow
        assert flow_of(slug) is LedgerFlow(flow.value)

    def test_rolls_up_to_primaries(self):
        assert category("FOOD_AND_DRINK_COFFEE").primary == "FOOD_AND_DRINK"
        assert category("FOOD_AND_DRINK").is_primary
        covered = expand("TRAVEL")
        assert covered[0] == "TRAVEL"
        assert set(covered[1:]) == {slug for slug in DETAILED if slug.startswith("TRAVEL_")}

    @pytest.mark.parametrize(
        "slug", ["", "food", "FOOD_AND_DRINK_TEA", "user:", "user:A b", "user:-"]
    )
    def test_knows_no_other_slug(self, slug):
        assert not is_known(slug)
        with pytest.raises(UnknownCategory):
            category(slug)

    def test_and_the_guesses_say_unknown_alike(self):
        assert UNGUESSED == UNCATEGORISED


class TestUserCategory:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Kids' school", "user:kids-school"),
            ("  Côte d'Azur 2026 ", "user:côte-dazur-2026"),
            ("चाय", "user:चाय"),
            ("A/B", "user:a-b"),
        ],
    )
    def test_has_a_slug_made_of_its_name(self, name, slug):
        found = user_category(name)
        assert (found.slug, found.primary, found.flow) == (slug, slug, Flow.SPEND)
        assert is_user_category(slug)
        assert is_known(slug)

    @pytest.mark.parametrize("name", ["", "!!!", "x" * 41])
    def test_needs_a_usable_name(self, name):
        with pytest.raises(BadCategoryName):
            user_category(name)


class TestNames:
    def test_every_category_has_one_and_no_other_has(self):
        assert WORDS["names"].keys() == EVERY
        assert WORDS["aliases"].keys() == EVERY

    def test_no_two_categories_share_a_word(self):
        said = [name.lower() for name in WORDS["names"].values()]
        said += [alias for aliases in WORDS["aliases"].values() for alias in aliases]
        assert len(said) == len(set(said))

    def test_are_short_and_aliases_are_as_typed(self):
        assert max(map(len, WORDS["names"].values())) <= 25
        for aliases in WORDS["aliases"].values():
            assert all(re.fullmatch(r"[a-z0-9&' ]+", alias) for alias in aliases)

    def test_food_is_the_whole_of_food_and_drink(self):
        assert WORDS["names"]["FOOD_AND_DRINK"] == "Food"

    def test_mean_to_the_guesses_what_they_mean_here(self):
        """Where an alias and a guess both know a word, they put it under the same heading."""
        differing = []
        for slug, aliases in WORDS["aliases"].items():
            inflow = True if slug.startswith(("INCOME", "TRANSFER_IN")) else None
            for alias in (WORDS["names"][slug].lower(), *aliases):
                guess = guess_for_words(alias, inflow=inflow).category
                if guess != UNCATEGORISED and category(guess).primary != category(slug).primary:
                    differing.append(alias)
        # "gas" alone is fuel; "travel" alone is a journey; a sandwich chain owns "subway".
        assert differing == ["travel to work", "subway train", "electricity & gas"]
