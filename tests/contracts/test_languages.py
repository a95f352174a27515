"""Every language on offer is whole: its words alone, and the words to type that it tells."""

from __future__ import annotations

import re

import pytest

from prompts.category_words import category_words
from prompts.figures import Numbered
from prompts.fit import fit
from prompts.phrasebook import PROFILES, Phrasebook, languages

ENGLISH = Phrasebook.load("en")
OTHERS = [Phrasebook.load(lang) for lang in languages() if lang != "en"]
# Everyday English that no name, brand, format or command is made of.
LEFT_OVER = re.compile(
    r"(?i)\b(the|your|you|and|with|from|this|that|there|is|are|was|were|have|what|which|when|"
    r"nothing|month|week|year|today|yesterday|tomorrow|entry|entries|spent|spending|budget|account|"
    r"reply|say|send|please|until|since|left|over|more|less|now|undo|approve|decline|always)\b"
)
# Sentences that switch the language, keys of an HTTP header and commands are English on purpose.
ALLOWED = ("speak english", "financemaster user key EMAIL --scopes read,write")


class Anything(dict[str, str]):
    """Gives every placeholder a value without a word in it."""

    def get(self, placeholder, default=None):
        return Numbered("12", 12)


def _words(template):
    """Return how many words a template has beside its placeholders."""
    return len(re.findall(r"[^\W\d_]{3,}", re.sub(r"\{[^}]*\}", "", template.source)))


def rendered(book):
    for phrase in book:
        for profile in (*PROFILES, "short"):
            text = book.render(phrase.key, Anything(), profile)
            for allowed in ALLOWED:
                text = text.replace(allowed, "")
            yield phrase.key, text


@pytest.mark.parametrize("book", OTHERS, ids=[book.lang for book in OTHERS])
class TestALanguage:
    def test_has_no_english_left_over(self, book):
        # What an operator types is English in every language.
        breaches = {(k, text) for k, text in rendered(book) if LEFT_OVER.search(text)}
        assert breaches == set()

    def test_says_every_sentence_in_its_own_words(self, book):
        same = {
            phrase.key
            for phrase in book
            for form, template in phrase.templates()
            if (form, template) in ENGLISH[phrase.key].templates() and _words(template) > 2
        }
        assert same <= {"docs_page.keys_command", "word.rate_oxr"}

    def test_names_every_category_once(self, book):
        words = category_words(book.lang)
        assert {word.slug for word in words} == {word.slug for word in category_words("en")}
        names = [name.casefold() for word in words for name in (word.name, *word.aliases)]
        assert len(names) == len(set(names))

    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize(
        "key",
        [
            "approval.proposed",
            "list_approvals.one",
            "show_approval.pending",
            "exchange_money.proposed",
            "request.one",
            "change_card.propose_close",
        ],
    )
    def test_tells_what_to_type_for_an_approval(self, book, key, profile):
        text = book.render(key, Anything(code="K7QM"), profile)
        assert f"{book.render('typed.approve')} " in text
        assert f"{book.render('typed.decline')} " in text
        assert fit(text, (), profile, book, whole=True).rest == ""

    def test_ends_every_write_with_the_way_back(self, book):
        told = f"{book.render('typed.undo')} "
        ways = {
            phrase.key
            for phrase in ENGLISH
            if ENGLISH.render(phrase.key, Anything()).split(". ")[-1].startswith("UNDO ")
        }
        assert len(ways) > 40
        for key in ways:
            last = book.render(key, Anything()).split(". ")[-1].rpartition("\n")[2]
            assert last.startswith(told) or told in last, key

    def test_calls_only_a_done_cancellation_done(self, book):
        done = {"es": "baja confirmada"}[book.lang]
        told = {
            phrase.key
            for phrase in book
            if phrase.key.startswith(("approval.", "show_approval."))
            and done in book.render(phrase.key, Anything()).lower()
        }
        assert told == {"approval.executed", "approval.executed_demo", "show_approval.executed"}

    @pytest.mark.parametrize(
        "name",
        ["approve", "decline", "undo", "more", "always", "rule_future", "rule_this", "rule_all"],
    )
    def test_has_labels_that_fit_a_whatsapp_button(self, book, name):
        assert len(book.render(f"choice.{name}", {"past": 12}, "short")) <= 20
