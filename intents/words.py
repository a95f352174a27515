"""The few words that answer a question or an approval, read before any planner."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz

# What an approval code can look like; anything else after the word is ordinary talk.
_CODE = re.compile(r"[A-Za-z0-9]{4,6}")
# Words before a value that is put right.
_LONGEST_LEAD = 3
# What was meant for a code: of its letters and figures, and about as long.
_LIKE_CODE = re.compile(r"[A-Za-z0-9]{1,8}")
# What may be said without a code, to be told which codes there are; "confirm" alone is a yes.
_BARE = frozenset({"approve", "decline"})
_LONGEST_YES = 4  # letters: "yes", "okay", "no"
_SLIP = 80  # from here on one spelling is a slip for the other
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


@dataclass(frozen=True, slots=True)
class CommandWords:
    """Whole messages with a fixed meaning, folded to lower case."""

    approve: frozenset[str]
    confirm: frozenset[str]
    decline: frozenset[str]
    refuse: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    put_right: frozenset[str]
    more: frozenset[str]
    demo: frozenset[str]
    demo_other: frozenset[str]
    demo_reset: frozenset[str]
    unlink: frozenset[str]
    opt_out: frozenset[str]
    link: frozenset[str]
    ai_on: frozenset[str]
    ai_off: frozenset[str]
    ai_sent: frozenset[str]
    stands_for: Mapping[str, str]

    def plain(self, text: str) -> str:
        """Return what a whole message stands for ("deshacer": "undo"), itself when nothing else."""
        return self.stands_for.get(text.strip().strip(".!¡").casefold(), text)

    def value_said(self, folded: str) -> str:
        """Return what stands after words like "it was" or "no,"; the whole text without them."""
        words = folded.replace("\u2019", "'").split()
        for count in range(min(len(words) - 1, _LONGEST_LEAD), 0, -1):
            if " ".join(words[:count]).replace(",", "") in self.put_right:
                return " ".join(words[count:])
        return folded

    def link_token(self, text: str) -> str:
        """Read ``/start <token>`` or ``LINK <token>``; nothing when it is something else."""
        word, _, token = text.strip().partition(" ")
        token = token.strip()
        return token if word.casefold() in self.link and _TOKEN.fullmatch(token) else ""

    def approval(self, text: str) -> tuple[str, str] | None:
        """Read ``APPROVE K7QM``: (approve, decline or confirm, code), code "" for the bare word.

        ``do not approve K7QM`` declines it. The bare short words ("yes", "no", "ok") are no
        approvals: they answer questions.
        """
        parts = text.strip().strip(".!").replace("\u2019", "'").split()
        if not parts:
            return None
        first = parts[0].casefold()
        if len(parts) == 1:
            verdict = self.verdict(first)
            return (verdict, "") if verdict in _BARE and len(first) > _LONGEST_YES else None
        verdict, code = self.verdict(" ".join(parts[:-1]).casefold()), parts[-1].strip(".!,")
        if not verdict or not _CODE.fullmatch(code) or not _looks_like_code(code):
            return None
        return verdict, code.upper()

    def mistyped(self, text: str) -> tuple[str, str] | None:
        """Read ``APPROVE K7``: (approve or decline, what stands where the code should).

        Only after the long words: "no food" and "ok abc" are talk.
        """
        first, _, said = text.strip().strip(".!").partition(" ")
        verdict, said = self.verdict(first.casefold()), said.strip()
        is_meant = verdict in _BARE and len(first) > _LONGEST_YES and _LIKE_CODE.fullmatch(said)
        return (verdict, said) if is_meant else None

    def nearly(self, folded: str) -> tuple[str, str] | None:
        """Read "aprove k7qm" and "approvek7qm": (approve or decline, what may be the code).

        A slip in the word decides nothing: the user is told how to say it.
        """
        said, _, code = folded.strip(" .!").rpartition(" ")
        for verdict, words in (("approve", self.approve), ("decline", self.decline)):
            for word in sorted(word for word in words if len(word) > _LONGEST_YES):
                glued = code.removeprefix(word)
                if not said and glued != code and _CODE.fullmatch(glued):
                    return verdict, glued
                if said and fuzz.ratio(said, word) >= _SLIP and _CODE.fullmatch(code):
                    return verdict, code
        return None

    def verdict(self, words: str) -> str:
        """Return what the words before a code say of it, nothing when they say something else."""
        if words in self.approve:
            return "approve"
        if words in self.confirm:
            return "confirm"
        return "decline" if words in self.decline | self.refuse else ""


def _looks_like_code(text: str) -> bool:
    """Tell a code from a word: it has a digit or was typed in capitals."""
    return any(char.isdigit() for char in text) or text.isupper()


@lru_cache(maxsize=1)
def command_words() -> CommandWords:
    """Read the words of all languages: an answer counts, in whichever of them it is given."""
    words: dict[str, set[str]] = {}
    stands_for: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("*/answers.toml")):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, texts in tables["words"].items():
            words.setdefault(name, set()).update(text.casefold() for text in texts)
        for plain, texts in tables.get("stands_for", {}).items():
            stands_for.update({text.casefold(): plain for text in texts})
    return CommandWords(
        **{name: frozenset(texts) for name, texts in words.items()}, stands_for=stands_for
    )
