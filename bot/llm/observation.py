"""What a model gets to see of an outcome: facts by id with their ready texts, bounded and marked.

Text that others wrote stands between « and » and can never hold those signs itself. Our own
errors say what to do about them. Nothing longer than four kilobytes goes out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.categories.scheme import USER_PREFIX, is_known
from core.facts import Answer, Fact, FactKind, Line
from prompts.draft import write_fact
from prompts.figures import Style
from prompts.gsm import GLUE
from prompts.phrasebook import Phrasebook
from tools.outcome import Done, Failed, NeedsApproval, NeedsInput, Outcome, Refused

MOST_BYTES = 4096
MOST_ROWS = 15
_OPEN, _CLOSE = "«", "»"
_QUOTES = str.maketrans({_OPEN: '"', _CLOSE: '"'})
# Names that are our own words, codes or links, never a stranger's.
_OURS = frozenset(
    {"code", "preference", "action", "state", "method", "cadence", "kind", "link", "currency"}
)
_SLOT = re.compile(r"\{[^{}]*\}|\[\[|\]\]")
_UNREAD = frozenset({"link", "url"})


@dataclass(frozen=True, slots=True)
class Observer:
    """Writes outcomes for a model, in the user's language and locale.

    With ``with_rows_said`` each row is said in a sentence as well, where words shall stand for it.
    """

    book: Phrasebook
    style: Style
    with_rows_said: bool = False

    def of(self, outcome: Outcome) -> str:
        """Return an outcome as one JSON text."""
        match outcome:
            case Done(answer, _):
                return self._found(answer)
            case NeedsApproval(_, answer):
                return self._found(answer)
            case NeedsInput(slot, _, _, options):
                shown = [marked(option.text or str(option.value)) for option in options]
                return written({"error": "ambiguous", "argument": slot, "options": shown[:9]})
            case Refused(code, fields):
                told = {name: marked(str(value)) for name, value in fields.items()}
                return written({"error": code, **told, "hint": "tell_the_user_or_ask"})
            case Failed():
                return written({"error": "tool_failed", "hint": "say_it_cannot_be_looked_up_now"})

    def _found(self, answer: Answer) -> str:
        found: dict[str, Any] = {
            "about": answer.shape,
            "says": self._says(answer),
            "facts": self._facts(answer.facts),
        }
        for most in (MOST_ROWS, 8, 4, 2, 0):
            text = written({**found, **self._rows(answer, most)})
            if len(text.encode()) <= MOST_BYTES:
                return text
        return written({"about": answer.shape, "error": "too_long", "hint": "ask_for_less"})

    def _says(self, answer: Answer) -> str:
        """Return our own phrase with references in it: what each fact is, in a sentence."""
        return self._said((answer.shape, *answer.options), answer.facts)

    def _said(self, keys: Iterable[str], facts: Iterable[Fact]) -> str:
        references = _References({fact.name: fact.id for fact in facts})
        said = [
            self.book.render(key, references, self.style.profile)
            for key in keys
            if key in self.book and self._is_covered(key, references)
        ]
        return " ".join(said).replace(GLUE, " ")

    def _is_covered(self, key: str, references: Mapping[str, str]) -> bool:
        """Tell whether a phrase needs nothing but facts."""
        return all(part.required <= references.keys() for _, part in self.book[key].templates())

    def _rows(self, answer: Answer, most: int) -> Mapping[str, Any]:
        if not answer.lines:
            return {}
        rows = [self._row(answer, line) for line in answer.lines[:most] if line.facts]
        hidden = len(answer.lines) - most
        return {"rows": rows, **({"more": hidden} if hidden > 0 else {})}

    def _row(self, answer: Answer, line: Line) -> Mapping[str, str]:
        key = row_shape(answer, line)
        said = self._said((key,), line.facts) if self.with_rows_said else ""
        return {
            **({"id": line.subject} if line.subject else {}),
            **({"says": said} if said else {}),
            **self._facts(line.facts),
        }

    def _facts(self, facts: Iterable[Fact]) -> Mapping[str, str]:
        """Write facts as ``{"f3": "spent: $312.40"}``."""
        return {
            fact.id: f"{fact.name}: {self.text(fact)}" for fact in facts if fact.name not in _UNREAD
        }

    def phrases(self, answer: Answer) -> Mapping[str, str]:
        """Return our own words for an answer and its rows by shape, facts left out."""
        rows = {row_shape(answer, line) for line in answer.lines}
        keys = {answer.shape, *answer.options, *rows}
        return {
            key: "\n".join(_SLOT.sub("\u2026", one.source) for _, one in self.book[key].templates())
            for key in keys
            if key in self.book
        }

    def plain(self, fact: Fact) -> str:
        """Return the ready text of a fact."""
        return write_fact(fact, self.book, self.style).replace(GLUE, " ")

    def text(self, fact: Fact) -> str:
        """Return the ready text of a fact, a stranger's words marked as such."""
        text = self.plain(fact)
        if fact.kind is FactKind.NAME and not is_ours(fact, self.book):
            return marked(text)
        return text


class _References(Mapping[str, str]):
    """Gives ``{f3}`` for the fact of a name, whichever variant of it a phrase asks for."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        self._ids = ids

    def __getitem__(self, placeholder: str) -> str:
        name, colon, variant = placeholder.partition(":")
        return f"{{{self._ids[name]}{colon}{variant}}}"

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def row_shape(answer: Answer, line: Line) -> str:
    """Return the phrase of a row: its own, or the answer's for rows."""
    return line.shape or f"{answer.shape}_line"


def is_ours(fact: Fact, book: Phrasebook) -> bool:
    """Tell whether a name is a word, a code or a category of ours, or the user's own."""
    value = str(fact.value)
    if fact.name in _OURS or value.startswith(USER_PREFIX) or is_known(value):
        return True
    return f"word.{value}" in book or f"word.{fact.name}_{value}" in book


def marked(text: str) -> str:
    """Mark text of somebody else: what stands between the signs is data."""
    return f"{_OPEN}{text.translate(_QUOTES)}{_CLOSE}"


def error(name: str, **hints: object) -> str:
    """Write an error that says what to do."""
    return written({"error": name, **hints})


def written(data: Mapping[str, Any]) -> str:
    """Write JSON without blanks; letters of all languages stay themselves."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
