"""What a model is told: Markdown per language, with an id and a version, frozen by its hash.

``frozen.toml`` holds the hash of every version that was evaluated; a changed text without a new
version there fails a test, so that no prompt changes by the way.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parent
NAMES = ("policy", "session", "repair")
# What other assistants are told, who ask through a key and are led by nobody here.
ASSISTANTS = "assistants"
# What a vision model is told that copies the text of a receipt.
RECEIPT = "receipt"
# How words over fixed facts are asked for, without any tool.
NARRATE = "narrate"
# The same for things that stand each for itself, one sentence for each.
FEED = "feed"
FROZEN = (*NAMES, ASSISTANTS, RECEIPT, NARRATE, FEED)
# Sent with every question; "what do you send to the AI?" lists these, each in the words that the
# phrasebook has for it (``consent_field``).
SESSION_FIELDS = (
    *("today", "weekday", "zone", "currency", "channel", "limit"),
    *("accounts", "budgets", "categories", "focus", "waiting"),
)
FIRST = "en"
_HEAD = re.compile(r"\A---\nid: (\w+)\nversion: (\d+)\n---\n")
_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Told:
    """One text: ``hash`` is over the whole file, its head included."""

    name: str
    version: int
    text: str
    hash: str

    def filled(self, fields: Mapping[str, str]) -> str:
        """Put ``fields`` in; what is no field of them (``{f3}``) stays as it is."""
        return _SLOT.sub(lambda slot: fields.get(slot[1], slot[0]), self.text)


@lru_cache(maxsize=32)
def told(name: str, language: str) -> Told:
    """Read a text in ``language``, or in the first language where it has none."""
    path = ROOT / language / f"{name}.md"
    if not path.exists():
        path = ROOT / FIRST / f"{name}.md"
    whole = path.read_text(encoding="utf-8")
    head = _HEAD.match(whole)
    if head is None or head[1] != name:
        raise ValueError(f"{path.name} needs a head with its id and version")
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return Told(name, int(head[2]), whole[head.end() :].strip(), digest)


def frozen() -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Return version and hash of every text as it was evaluated, by language and name."""
    return tomllib.loads((ROOT / "frozen.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def fingerprint(language: str) -> str:
    """Return a short hash over all that a model is told in ``language``, tools included."""
    texts = "".join(told(name, language).hash for name in NAMES) + _tools_text()
    return hashlib.sha256(texts.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ToolWords:
    """What a model is told about tools (``says``) and their arguments (``fields``)."""

    says: Mapping[str, str]
    fields: Mapping[str, str]


@lru_cache(maxsize=1)
def tool_words() -> ToolWords:
    """Read the words about tools."""
    tables = tomllib.loads(_tools_text())
    return ToolWords(tables["says"], tables["fields"])


def _tools_text() -> str:
    return (ROOT / "model_tools.toml").read_text(encoding="utf-8")
