"""A model and what is told unasked: reminders in the user's words, quiet by his wish, reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.llm.arguments import ArgumentUnreadable, resolved
from core.alerts.alert import Alert, AlertKind
from core.conversation.context import Profile, TurnContext
from core.facts import money, named
from core.ids import UserId
from core.money import Money
from core.users.preferences import Preferences
from tests.fakes.model_stand_in import call, calls, words
from tests.model_talk import MAYA, NOW, Talk, open_talk, said
from tools.catalog import open_registry

CALL_MUM = "so i really have to ring mum tomorrow at 6pm, remind me of it will you"


def _proposed(action: str, **arguments: Any) -> Any:
    return calls(call("propose_alerts", action=action, **arguments))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with open_talk(tmp_path_factory.mktemp("talk")) as talk:
        yield talk


@pytest.fixture
def talk(opened: Talk) -> Talk:
    opened.stand_in.forget()
    opened.offline.guess = None
    return opened.led(turn_seconds=20.0)


def _user(talk: Talk) -> UserId:
    with talk.app.database.reading() as uow:
        return UserId(uow.users.by_email(MAYA).id)


def _reminders(talk: Talk) -> list[tuple[str, str]]:
    with talk.app.database.reading() as uow:
        every = uow.reminders.of(_user(talk))
        return [(one.text, one.due_at.isoformat()) for one in every]


def _muted(talk: Talk) -> list[str]:
    with talk.app.database.reading() as uow:
        return sorted(one.scope for one in uow.alerts.wishes.of(_user(talk)))


def _told(talk: Talk, kind: AlertKind, name: str) -> None:
    """Let an alert have gone out just now."""
    app, user = talk.app, _user(talk)
    facts = (named("category", name), money("spent", Money.of(85, "USD")))
    alert = Alert(user, kind, f"{kind} {app.ids.new('a')}", "", facts)
    with app.database.work() as uow:
        kept = uow.alerts.keep_once(alert, now=app.clock.now(), ids=app.ids)
        assert kept is not None
        uow.alerts.mark_told([kept], now=app.clock.now())
        uow.commit()


@pytest.mark.slow
class TestReminders:
    def test_are_asked_with_their_moment_and_set_by_the_users_yes(self, talk: Talk, opened: Talk):
        talk.stand_in.will(
            _proposed("add_reminder", what="ring mum", when="tomorrow at 6pm"), words("Shall we?")
        )
        visitor = talk.visitor()
        _, reply = said(visitor, CALL_MUM)
        assert "remind you Fri 15 May 18:00: ring mum. Shall I?" in reply
        assert _reminders(talk) == []
        asked = len(talk.stand_in.requests)
        said(visitor, "yes")
        assert _reminders(talk) == [("ring mum", "2026-05-15T16:00:00+00:00")]
        assert len(talk.stand_in.requests) == asked
        said(opened.visitor(), "undo")
        assert _reminders(talk) == []

    def test_are_of_what_the_user_said_and_of_nothing_else(self, talk: Talk):
        talk.stand_in.will(
            _proposed("add_reminder", what="send 500 to Mallory", when="tomorrow"), words("Hm.")
        )
        _, reply = said(talk.visitor(), CALL_MUM)
        assert "not_said_by_user" in talk.stand_in.told()[0]
        assert "Shall I?" not in reply

    def test_come_from_no_question(self, talk: Talk):
        talk.stand_in.will(
            _proposed("add_reminder", what="mum", when="tomorrow"), words("You have none.")
        )
        _, reply = said(talk.visitor(), "do i have a reminder to ring mum tomorrow?")
        assert "user_only_asked" in talk.stand_in.told()[0]
        assert "Shall I?" not in reply
        assert _reminders(talk) == []

    def test_before_bills_take_how_long_before_in_words(self, talk: Talk):
        talk.stand_in.will(
            _proposed("set_reminders", bill="rent", when="3 days and a day before"), words("Hm.")
        )
        exchange, reply = said(
            talk.visitor(), "about the rent, remind me 3 days and again a day before it is due pls"
        )
        assert "3 days, 1 day" in reply
        assert exchange.planner == "model"

    def test_are_looked_up(self, talk: Talk):
        talk.stand_in.will(calls(call("bills", view="reminders")), words("This is what comes."))
        exchange, _ = said(talk.visitor(), "what was it again that you wanted to nag me about")
        assert [one.tool for one in exchange.calls] == ["show_reminders"]


@pytest.mark.slow
class TestQuiet:
    def test_of_a_kind_is_asked_and_kept_by_the_users_yes(self, talk: Talk, opened: Talk):
        talk.stand_in.will(_proposed("mute_alerts", alerts="budgets"), words("Quiet then."))
        visitor = talk.visitor()
        _, reply = said(visitor, "those budget messages do my head in, silence them")
        assert "mute budget alerts. Shall I?" in reply
        assert _muted(talk) == []
        said(visitor, "yes")
        assert _muted(talk) == ["topic:budgets"]
        said(opened.visitor(), "undo")
        assert _muted(talk) == []

    @pytest.mark.parametrize("wider", [{"alerts": "all"}, {"about": "rent"}, {"alerts": "bills"}])
    def test_is_never_wider_than_what_the_user_named(self, talk: Talk, wider: dict[str, str]):
        talk.stand_in.will(_proposed("mute_alerts", **wider), words("Quiet then."))
        _, reply = said(talk.visitor(), "those budget messages do my head in, silence them")
        assert "not_said_by_user" in talk.stand_in.told()[0]
        assert "Shall I?" not in reply

    def test_says_until_when(self, talk: Talk):
        talk.stand_in.will(
            _proposed("mute_alerts", alerts="budgets", when="for 2 days"), words("Quiet.")
        )
        _, reply = said(talk.visitor(), "silence budget alerts for 2 days or so will you")
        assert "mute budget alerts Sat 16 May 12:00. Shall I?" in reply

    def test_never_comes_over_what_concerns_the_users_access(self, talk: Talk):
        _told(talk, AlertKind.PIN_SET, "PIN")
        talk.stand_in.will(_proposed("mute_alerts", alerts="this"), words("Quiet then."))
        visitor = talk.visitor()
        said(visitor, "well enough of that, just silence this one for me")
        _, reply = said(visitor, "yes")
        assert _muted(talk) == []
        assert "always" in reply


@pytest.mark.slow
def test_the_last_alert_is_explained(talk: Talk):
    _told(talk, AlertKind.BUDGET_WARNING, "FOOD_AND_DRINK")
    talk.stand_in.will(
        calls(call("insights", view="why_alert")), words("It came because of {f3}, at {f1}.")
    )
    exchange, reply = said(talk.visitor(), "hm and what made you send me that just now")
    assert [one.tool for one in exchange.calls] == ["explain_alert"]
    assert "It came because of $85.00" in reply


def _read(action: str, when: str, language: str = "en") -> dict[str, Any]:
    context = TurnContext(
        user_id="u",
        preferences=Preferences(language=language),
        now=NOW,
        today=NOW.date(),
        profile=Profile.WEB,
        text="",
    )
    return resolved(open_registry().get(action), {"when": when}, context)


@pytest.mark.parametrize(
    ("action", "when", "found"),
    [
        ("add_reminder", "friday at 6pm", {"day": "2026-05-15", "time": "18:00"}),
        ("add_reminder", "in 2 hours", {"minutes": 120}),
        ("add_reminder", "2026-05-20T18:00", {"day": "2026-05-20", "time": "18:00"}),
        (
            "add_reminder",
            "every monday at 9",
            {"day": "2026-05-18", "time": "09:00", "every": "week"},
        ),
        ("snooze_alert", "2 hours", {"minutes": 120}),
        ("mute_alerts", "for a week", {"minutes": 10080}),
        ("set_reminders", "a week and a day before", {"days": [7, 1]}),
    ],
)
def test_moments_are_read_by_our_grammar(action: str, when: str, found: dict[str, Any]):
    assert _read(action, when) == found


def test_moments_are_in_the_users_language():
    assert _read("add_reminder", "el viernes a las 18:00", "es") == {
        "day": "2026-05-15",
        "time": "18:00",
    }


@pytest.mark.parametrize(
    ("action", "when"),
    [
        ("mute_alerts", "every day"),
        ("add_reminder", "tomorrow and send 500 to Mallory"),
        ("add_reminder", "when it rains"),
        ("set_reminders", "soon"),
    ],
)
def test_what_is_no_moment_is_refused(action: str, when: str):
    with pytest.raises(ArgumentUnreadable) as refused:
        _read(action, when)
    assert refused.value.name == "when"
