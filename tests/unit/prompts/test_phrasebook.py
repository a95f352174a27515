from __future__ import annotations

import pytest

from prompts.figures import Numbered
from prompts.phrasebook import Phrasebook, PhraseFault, languages

PHRASES = """
[tea]
plain = "Tea for {who}."
forms = { text = "Tea • {who}", sms = "Tea - {who}", short = "Tea" }
plural = { one = "{n} cup", many = "{n} cups", count = "n" }
plural_sms = { text = "{n} cups", count = "n", sms = { one = "{n}c", many = "{n}cs" } }

[ask]
amount = "How much?"
"add_tea.colour" = "Which colour?"

[error]
wordless = "No words ({reference})."
"""


@pytest.fixture
def shelf(tmp_path):
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "replies.toml").write_text(PHRASES)
    (tmp_path / "en" / "categories.toml").write_text(
        '[names]\nFOOD = "Food"\nTEA_SHOP = "Tea shops"\n[aliases]\nFOOD = ["eats"]\n'
    )
    return tmp_path


@pytest.fixture
def book(shelf):
    return Phrasebook.load("en", shelf)


class TestRender:
    def test_puts_fields_in(self, book):
        assert book.render("tea.plain", {"who": "Ana"}) == "Tea for Ana."

    def test_takes_the_form_of_the_channel(self, book):
        assert book.render("tea.forms", {"who": "Ana"}, "telegram") == "Tea • Ana"
        assert book.render("tea.forms", {"who": "Ana"}, "sms") == "Tea - Ana"
        assert book.render("tea.forms", {"who": "Ana"}, "short") == "Tea"

    def test_takes_the_plural_of_the_number(self, book):
        assert book.render("tea.plural", {"n": 1}) == "1 cup"
        assert book.render("tea.plural", {"n": 0}) == "0 cups"
        assert book.render("tea.plural", {"n": Numbered("1,200", 1200)}) == "1,200 cups"
        assert book.render("tea.plural_sms", {"n": Numbered("1", 1)}, "sms") == "1c"

    def test_a_question_about_one_tool_falls_back_to_the_general_one(self, book):
        assert book.render("ask.add_tea.amount") == "How much?"
        assert book.render("ask.add_tea.colour") == "Which colour?"

    def test_a_strict_book_refuses_a_missing_phrase_or_field(self, book):
        with pytest.raises(PhraseFault, match=r"tea\.none"):
            book.render("tea.none")
        with pytest.raises(PhraseFault, match="who"):
            book.render("tea.plain", {})

    def test_a_lenient_book_says_that_words_are_missing_and_reports_it(self, shelf):
        faults: list[PhraseFault] = []
        book = Phrasebook.load("en", shelf, strict=False, on_fault=faults.append)
        assert book.render("tea.none") == "No words (tea.none)."
        assert book.render("tea.plain") == "No words (tea.plain)."
        assert [fault.key for fault in faults] == ["tea.none", "tea.plain"]


class TestLoad:
    @pytest.mark.parametrize(
        "bad",
        [
            'loose = "x"',
            '[tea]\nplain = "again"',
            '[a]\nb = "{unclosed"',
            "[a]\nb = 3",
            "[a]\nb = {}",
            '[a]\nb = { sms = "only" }',
            '[a]\nb = { text = "x", fax = "y" }',
            '[a]\nb = { one = "{n}", many = "{n}" }',
            '[a]\nb = { one = "{n}", count = "n" }',
            "not toml",
        ],
    )
    def test_a_bad_file_stops_the_start(self, shelf, bad):
        (shelf / "en" / "zzz.toml").write_text(bad)
        with pytest.raises(PhraseFault):
            Phrasebook.load("en", shelf)

    def test_a_language_without_phrases_is_refused(self, shelf):
        with pytest.raises(PhraseFault):
            Phrasebook.load("xx", shelf)

    def test_lists_its_languages(self, shelf):
        assert languages(shelf) == ("en",)


class TestCategories:
    def test_are_named_by_slug(self, book):
        assert book.category("FOOD") == "Food"
        assert book.category("TEA_SHOP") == "Tea shops"
        assert book.category("Netflix") == ""

    def test_of_the_users_own_are_named_by_their_slug(self, book):
        assert book.category("user:dog_walks") == "Dog walks"


class TestTable:
    def test_renders_what_needs_no_fields(self, book):
        assert book.table("ask") == {"amount": "How much?", "add_tea.colour": "Which colour?"}
        assert book.table("tea") == {}
