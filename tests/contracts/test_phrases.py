"""Every phrase, on every channel: it renders, fits, and offers no word that a carrier acts on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import prompts.phrasebook
from core.alerts.alert import AlertKind
from core.alerts.topics import Topic
from prompts.checks import keys_in, language_breaches, lint_phrases
from prompts.figures import Numbered
from prompts.fit import fit
from prompts.gsm import segments
from prompts.phrasebook import PROFILES, Phrasebook, languages

BOOKS = [Phrasebook.load(lang) for lang in languages()]
ENGLISH = Phrasebook.load("en")
ROOMS = ("core", "tools", "intents", "workers", "bot")
CHECKOUT = Path(__file__).resolve().parents[2]
# What an operator reads in a terminal, laid out in columns.
TERMINAL = {"start"}
# Labels and words inside of other phrases, of the web page and of the printed report: no messages.
NOT_SENT = {"web", "choice", "word", "date", "report_page", *TERMINAL}
# May take a third segment on SMS, because they must not be cut.
WHOLE = {"approval", "show_approval", "list_approvals", "recategorise_entry", "show_entry"}
COUNTS = {"rows", "found", "new", "known", "hidden", "past", "missing", "days", "matched"}
SAMPLES = {
    "code": "K7QM",
    "expires": "13:15",
    "at": "12:04",
    "period": "1-20 Nov",
    "other_period": "October 2026",
    "date": "yesterday (Thu 19 Nov)",
    "payee": "Whole Foods Market 10",
    "name": "Amazon Prime Video",
    "merchant": "Whole Foods Market 10",
    "account": "Chase Checking 1234",
    "category": "Food and Drink",
    "line": "988 Suicide & Crisis Lifeline",
    "dial": "0800 1110111",
    "ticket": "1204",
    "link": "https://money.example/l/" + "a" * 32,
    "cadence": "month",
}


class Samples(dict[str, str]):
    """Gives placeholders long but possible values: all of them, or the required ones only."""

    def __init__(self, only=None):
        super().__init__()
        self.only = only

    def get(self, placeholder, default=None):
        name = placeholder.partition(":")[0]
        if self.only is not None and name not in self.only:
            return None
        if name in COUNTS:
            return Numbered("1,234", 1234)
        return SAMPLES.get(name, "$12,345.67")


def sources(*rooms):
    return [
        path.read_text(encoding="utf-8")
        for room in rooms
        for path in (CHECKOUT / room).rglob("*.py")
    ]


def required(phrase):
    return frozenset().union(*(template.required for _, template in phrase.templates()))


class TestEveryPhrase:
    @pytest.mark.parametrize("book", BOOKS, ids=languages())
    def test_renders_tidily_with_and_without_its_optional_parts(self, book):
        untidy = re.compile(r"^\s|\s$|  | [.,;:]|\(\)|\x00|[{}]|\[\[|^$")
        breaches = [
            (phrase.key, profile, text)
            for phrase in book
            if phrase.key.partition(".")[0] not in TERMINAL
            for profile in PROFILES
            for fields in (Samples(), Samples(required(phrase)))
            if untidy.search(text := book.render(phrase.key, fields, profile))
        ]
        assert breaches == []

    @pytest.mark.parametrize("book", BOOKS, ids=languages())
    def test_fits_an_sms_uncut(self, book):
        breaches = []
        for phrase in book:
            table = phrase.key.partition(".")[0]
            if table in NOT_SENT:
                continue
            text = book.render(phrase.key, Samples(), "sms")
            fitted = fit(text, (), "sms", book, whole=table in WHOLE)
            if fitted.rest or "?" in fitted.text.replace("?", "", text.count("?")):
                breaches.append((phrase.key, segments(fitted.text), fitted.rest))
        assert breaches == []


class TestTheBook:
    def test_offers_no_word_that_carriers_act_on_and_its_forms_agree(self):
        assert [breach for book in BOOKS for breach in lint_phrases(book)] == []

    def test_is_the_same_in_every_language(self):
        assert language_breaches(BOOKS) == []

    def test_has_a_sentence_for_every_error_code(self):
        pattern = re.compile(r"^ {4}code(?:: ClassVar\[str\])? = \"([a-z_.]+)\"", re.MULTILINE)
        codes = {code for source in sources(*ROOMS, "prompts") for code in pattern.findall(source)}
        assert len(codes) > 20
        assert sorted(code for code in codes if code not in ENGLISH) == []

    def test_holds_every_phrase_that_tools_and_dialogue_name(self):
        tables = {phrase.key.partition(".")[0] for phrase in ENGLISH}
        named = {
            key for source in sources("tools", "intents", "bot/dialogue") for key in keys_in(source)
        }
        phrases = {key for key in named if key.partition(".")[0] in tables}
        assert sorted(key for key in phrases if key not in ENGLISH) == []

    def test_every_error_renders_whatever_fields_are_known(self):
        path = Path(prompts.phrasebook.__file__).parent / "en" / "errors.toml"
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        codes = [f"{table}.{name}" for table, names in tables.items() for name in names]
        assert len(codes) > 50
        assert [code for code in codes if required(ENGLISH[code])] == []

    @pytest.mark.parametrize(
        "name",
        ["approve", "decline", "undo", "more", "always", "rule_future", "rule_this", "rule_all"],
    )
    def test_fixed_labels_fit_a_whatsapp_button(self, name):
        assert len(ENGLISH.render(f"choice.{name}", {"past": 12}, "short")) <= 20

    @pytest.mark.parametrize(
        "key",
        [
            "add_entry.added",
            "edit_entry.changed",
            "delete_entry.deleted",
            "split_entry.undo",
            "recategorise_entry.moved",
            "add_rule.added",
            "remove_rule.removed",
            "set_budget.set",
            "pause_budget.paused",
            "resume_budget.resumed",
            "delete_budget.deleted",
            "add_account.added",
            "import_statement.imported",
            "set_preference.set",
            "set_rate.set",
            "open_wallet.opened",
            "top_up_wallet.done",
            "freeze_card.frozen",
            "set_card_limit.purchase",
            "resume_nudges.resumed",
        ],
    )
    def test_every_write_ends_with_the_way_back(self, key):
        assert ENGLISH.render(key, Samples()).split(". ")[-1].startswith("UNDO ")

    def test_only_a_done_cancellation_is_called_cancelled(self):
        told = {
            phrase.key
            for phrase in ENGLISH
            if phrase.key.startswith(("approval.", "show_approval."))
            and " is cancelled" in ENGLISH.render(phrase.key, Samples())
        }
        assert told == {"approval.executed", "approval.executed_demo", "show_approval.executed"}

    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize(
        "key", ["approval.proposed", "list_approvals.one", "show_approval.pending"]
    )
    def test_an_approval_tells_what_to_type_on_every_channel(self, key, profile):
        text = ENGLISH.render(key, Samples(), profile)
        assert "APPROVE K7QM" in text
        assert "DECLINE K7QM" in text
        assert fit(text, (), profile, ENGLISH, whole=True).rest == ""


class TestEveryAlert:
    @pytest.mark.parametrize("book", BOOKS, ids=languages())
    @pytest.mark.parametrize("kind", AlertKind)
    def test_has_its_sentence_and_its_rule(self, book, kind):
        assert f"alert.{kind}" in book
        assert f"alert_rule.{kind}" in book

    @pytest.mark.parametrize("book", BOOKS, ids=languages())
    @pytest.mark.parametrize("topic", Topic)
    def test_can_be_muted_by_a_name_with_words(self, book, topic):
        assert f"word.topic_{topic}" in book
