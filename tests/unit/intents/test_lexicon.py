"""The lexicons of all languages hold together: every rule is built, every class has words."""

from __future__ import annotations

import pytest

from intents.grammar import Step, Tree, expand
from intents.lexicon import installed_languages, load_lexicon
from intents.slots.periods import BUILDERS

LANGUAGES = [(name,) for name in installed_languages()] + [installed_languages()]
# classes that come from figures and from expressions found before, not from words
MADE = {
    "n",
    "dom",
    "year",
    "yy",
    "ordinal",
    "figure_ordinal",
    "date",
    "month_of_year",
    "period",
    "event",
}


def rules(tree: Tree) -> set[str]:
    below = [one for names in tree.steps.values() for one in names.values()]
    return set(tree.rules).union(*map(rules, below)) if below else set(tree.rules)


@pytest.mark.parametrize("languages", LANGUAGES)
class TestALexicon:
    def test_has_a_builder_for_every_rule(self, languages):
        trees = load_lexicon(*languages).periods.trees
        assert trees
        for tree in trees.values():
            assert rules(tree) <= BUILDERS.keys()

    def test_has_words_for_every_class_its_patterns_ask_for(self, languages):
        vocabulary = load_lexicon(*languages).periods
        tags = [tag for tags in vocabulary.words.values() for tag in tags]
        tags += [tag for phrases in vocabulary.phrases.values() for _, tag in phrases]
        classes = {tag.word_class for tag in tags} | MADE
        for tree in vocabulary.trees.values():
            assert set(tree.classes()) <= classes

    def test_names_only_periods_that_exist(self, languages):
        vocabulary = load_lexicon(*languages).periods
        units = {
            tag.value
            for tags in vocabulary.words.values()
            for tag in tags
            if tag.word_class in ("unit", "to_date")
        }
        assert units <= {
            *("day", "week", "month", "quarter", "year", "fiscal_year", "pay_cycle"),
            *("weekend", "fortnight", "hour"),
        }


class TestLoading:
    def test_reads_the_files_once(self):
        assert load_lexicon("en").periods is load_lexicon("en", locale="en_US").periods

    def test_leaves_unknown_languages_out(self):
        assert load_lexicon("xx").languages == ("en",)
        assert load_lexicon("es", "xx").languages == ("es",)

    @pytest.mark.parametrize(
        ("language", "locale", "day_first", "decimal_comma"),
        [
            ("en", "", True, False),
            ("en", "en_US", False, False),
            ("en", "en_GB", True, False),
            ("es", "", True, True),
            ("es", "es_ES", True, True),
            ("es", "es_MX", True, False),
            ("en", "de-DE", True, True),
            ("hi", "hi_IN", True, False),
        ],
    )
    def test_knows_how_a_place_writes(self, language, locale, day_first, decimal_comma):
        lexicon = load_lexicon(language, locale=locale)
        assert (lexicon.day_first, lexicon.decimal_comma) == (day_first, decimal_comma)

    def test_keeps_home_words_at_home(self):
        assert "once" in load_lexicon("es").amounts.words
        assert "once" not in load_lexicon("en", "es").amounts.words


class TestForgiving:
    WORDS = load_lexicon("en").periods

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("octber", "october"),
            ("febraury", "february"),
            ("mondey", "monday"),
            ("yestrday", "yesterday"),
        ],
    )
    def test_takes_one_slip_in_a_long_word(self, typed, meant):
        assert self.WORDS.tag([typed]) == self.WORDS.tag([meant]) != [[]]

    @pytest.mark.parametrize("typed", ["match", "money", "mouth", "tears", "ot", "mrh", "ctobr"])
    def test_leaves_ordinary_and_short_words_alone(self, typed):
        assert self.WORDS.tag([typed]) == [[]]


class TestAPattern:
    def test_stands_for_every_way_to_write_it(self):
        lines = expand("[the] (last|<step>) <a:month> {of} year")
        assert len(lines) == 4
        assert lines[0] == (
            Step("=the"), Step("=last"), Step("<month", "a"), Step("<of"), Step("=year"),
        )  # fmt: skip

    @pytest.mark.parametrize("pattern", ["[the", "the]", "(a|b", "a)"])
    def test_with_an_open_bracket_is_refused(self, pattern):
        with pytest.raises(ValueError, match=r"bracket|unbalanced"):
            expand(pattern)

    def test_that_may_be_empty_is_refused(self):
        with pytest.raises(ValueError, match="empty"):
            Tree().add("[the]", "rule")
