"""One line for each thing that happened, as text or JSON, without a word of anybody.

Our own code logs events by name with ids beside them (``extra``). An exception is told by its kind
and by where it was raised: its words may quote a message, a statement or an amount. What a library
says is kept to its first line, as it stands in the library's code: nothing filled in, no digits.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from core.tracing import carrier

Form = Literal["text", "json"]

_OURS = ("bot", "core", "financemaster", "intents", "prompts", "tools", "workers")
_QUIET = ("alembic", "matplotlib", "fontTools")
_NATURAL = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
# What may stand beside an event: ids and words of ours, short.
_VALUE = re.compile(r"[\w.:/,-]{1,80}")
_DIGITS = re.compile(r"\d+")
_FRAMES = 6
_LIBRARY_CHARACTERS = 160


def set_up_logging(level: str, form: Form) -> None:
    """Let everything that is logged in this process go to standard error in this form, once."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(form))
    logging.basicConfig(level=level, handlers=[handler])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class Lines(logging.Formatter):
    """Writes a record as one line."""

    def __init__(self, form: Form) -> None:
        """Write ``form``."""
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told = dict(_parts(record))
        if self._form == "json":
            return json.dumps(told)
        at, level, name, event = (told.pop(key) for key in ("at", "level", "logger", "event"))
        beside = " ".join(f"{key}={value}" for key, value in told.items())
        return f"{at} {level} {name} {event}{' ' if beside else ''}{beside}"


def _parts(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    at = datetime.fromtimestamp(record.created, UTC)
    yield "at", at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    yield "level", record.levelname
    yield "logger", record.name
    yield "event", _event(record)
    yield from _beside(record.__dict__).items()
    place = carrier()
    if place:
        yield "trace", place.split("-")[1]
    if record.exc_info and record.exc_info[0] is not None:
        yield "error", record.exc_info[0].__name__
        yield "at_code", _where(record)


def _event(record: logging.LogRecord) -> str:
    """Return what our code said; of a library's words only what stands in its code."""
    if record.name.partition(".")[0] in _OURS:
        return " ".join(record.getMessage().split())
    first = str(record.msg).strip().partition("\n")[0]
    return _DIGITS.sub("#", first)[:_LIBRARY_CHARACTERS]


def _beside(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that were logged beside the event; what is no id or word is left out."""
    found = {}
    for name, value in values.items():
        if name in _NATURAL:
            continue
        shown = ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
        found[name] = shown if _VALUE.fullmatch(shown) else "-"
    return found


def _where(record: logging.LogRecord) -> str:
    """Return where an exception was raised, the innermost place first; never its words."""
    assert record.exc_info is not None
    frames = traceback.extract_tb(record.exc_info[2])[-_FRAMES:]
    return "<".join(
        f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in reversed(frames)
    )
