"""Reads the sentences that understanding is measured on, and the user they are read for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.conversation.context import Named, Names, Profile, TurnContext
from core.conversation.state import DialogueState, Frame, call_from_json
from core.users.preferences import Preferences
from prompts.phrasebook import ROOT


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, the tool and arguments it must lead to, and what went before it."""

    text: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""


class Household:
    """The user of the evaluation, with the conversations that may have gone before."""

    def __init__(self, path: Path) -> None:
        """Read the household's file."""
        self._table = tomllib.loads(path.read_text(encoding="utf-8"))
        self._names = _names(self._table)
        day = self._table["today"]
        self._now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    def context(self, text: str, before: str = "") -> TurnContext:
        """Return the turn in which this user says ``text``."""
        table, past = self._table, self._table["before"].get(before, {})
        return TurnContext(
            user_id="user_1",
            preferences=Preferences(
                locale=table["locale"],
                language=table.get("language", "en"),
                zone=table["zone"],
                currency=table["currency"],
                country=table["country"],
            ),
            now=self._now,
            today=table["today"],
            profile=Profile.WEB,
            text=text,
            reply_to=past.get("reply_to", ""),
            state=DialogueState(focus=self._focus(past), last_entry=past.get("last_entry")),
            names=self._names,
        )

    def _focus(self, past: Mapping[str, Any]) -> Frame | None:
        if "call" not in past:
            return None
        call = call_from_json({"arguments": {}, **past["call"]})
        return Frame(call, self._now - timedelta(minutes=1), tuple(past.get("subjects", ())))


def cases(path: Path) -> Iterator[Case]:
    """Read cases: by tool, each a sentence, its arguments and maybe what went before."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    days = table.pop("days", {})
    for tool, rows in table.items():
        for row in rows["cases"]:
            arguments = row[1] if len(row) > 1 else {}
            spelt = {
                name: days.get(value, value) if isinstance(value, str) else value
                for name, value in arguments.items()
            }
            yield Case(row[0], tool, spelt, row[2] if len(row) > 2 else "")


def lines(path: Path) -> list[str]:
    """Return the sentences of a file that holds nothing else."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return [text for texts in table.values() for text in texts]


def _names(table: Mapping[str, Any]) -> Names:
    path = ROOT / table.get("language", "en") / "categories.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    return Names(
        accounts=tuple(
            Named(handle, name, tuple(word for word in more if word))
            for handle, name, *more in table["accounts"]
        ),
        categories=tuple(
            Named(slug, name, tuple(words["aliases"].get(slug, ())))
            for slug, name in words["names"].items()
        ),
        merchants=tuple(Named(_key(name), name) for name in table["merchants"]),
        subscriptions=tuple(Named(handle, name) for handle, name in table["subscriptions"]),
        bills=tuple(Named(handle, name) for handle, name in table["bills"]),
        budgets=tuple(table["budgets"]),
    )


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter == " ")
