"""Puts a model's words into the one form that is checked: references, signs beside them, thoughts.

Models differ in small habits: a dollar sign before a reference, ``[f3]`` or a bare f3 for
``{f3}``, their thinking in tags before the answer. None of that is worth a second question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.llm.claims import plain_words
from core.facts import Fact, FactKind

_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
# Copied from what a model is told, where they mark a stranger's words.
_MARKS = str.maketrans("", "", "\u00ab\u00bb")
_BRACED = re.compile(r"\{\{?\s*([fc]\d+(?::(?:abs|near))?)\s*\}?\}|\[([fc]\d+)\]")
_BARE = re.compile(r"(?<![\w{])([fc]\d+)(?![\w}:])")
_SIGN_BEFORE = re.compile(r"(?:US\$|[$\u20ac\u00a3\u20b9\u00a5]|\bRs\.?)\s?(?=\{([fc]\d+)[:}])")
_SIGN_AFTER = re.compile(
    r"(?<=\})(?:\s?[$\u20ac\u00a3\u20b9%]|\s(?:dollars?|euros?|pounds?|rupees?|pesos?|per ?cent"
    r"|d[o\u00f3]lares|rupias|por ciento|USD|EUR|GBP|INR|MXN)\b)"
)


def without_thoughts(text: str) -> str:
    """Drop what a model thought aloud before its answer."""
    return _THOUGHTS.sub("", text).strip()


def tidied(text: str, facts: Mapping[str, Fact]) -> str:
    """Return the words with references as ``{f3}``, and no sign that the figure brings itself."""
    text = plain_words(without_thoughts(_BRACED.sub(_braced, text.translate(_MARKS))))
    text = _BARE.sub(lambda found: f"{{{found[1]}}}" if found[1] in facts else found[0], text)
    text = _SIGN_BEFORE.sub(lambda found: "" if _is(facts, found[1]) else found[0], text)
    return "".join(_pieces(text, facts))


def _braced(found: re.Match[str]) -> str:
    return f"{{{found[1] or found[2]}}}"


def _pieces(text: str, facts: Mapping[str, Fact]) -> list[str]:
    """Cut out signs that follow a reference to money or to a percentage."""
    pieces, end = [], 0
    for found in _SIGN_AFTER.finditer(text):
        before = text[: found.start()]
        name = before[before.rfind("{") + 1 : -1].partition(":")[0]
        if _is(facts, name):
            pieces.append(text[end : found.start()])
            end = found.end()
    return [*pieces, text[end:]]


def _is(facts: Mapping[str, Fact], name: str) -> bool:
    """Tell whether a figure is written with a sign of its own."""
    fact = facts.get(name)
    return fact is not None and fact.kind in {FactKind.MONEY, FactKind.PERCENT}
