"""Checks over whole phrasebooks: carriers' words, matching forms, matching languages, used keys.

`start_up_breaches` runs at start; the others are for tests and for writers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from prompts.fit import SMS_SEGMENTS
from prompts.gsm import CARRIER_WORDS, fold, is_carrier_word, segments
from prompts.phrasebook import Form, Phrase, Phrasebook, Plural
from prompts.whatsapp_templates import breaches as refusals
from prompts.whatsapp_templates import read_templates

_WORD = "|".join(sorted(CARRIER_WORDS, key=len, reverse=True))
# STOP in capitals and not the first of several words to type ("STOP ALERTS", "STOP {name}").
_CAPITALS = re.compile(rf"(?<![\w{{])({_WORD})(?!\w)(?! (?:[A-Z]{{2,}}\b|\{{))")
_QUOTED = re.compile(rf"(?i)[\"'\u201c\u2018]({_WORD})[\"'\u201d\u2019]")
_TOLD = re.compile(rf"(?i)\b(?:reply|send|text|type|say|answer)(?: with)? ({_WORD})\b(?! [\w{{])")
_LONG_LINK = "https://" + "x" * 40
_KEY = re.compile(r"""["']([a-z][a-z0-9_]*\.[a-z][a-z0-9_.]*)["']""")


def lint_phrases(book: Phrasebook) -> list[str]:
    """Return a line for each breach of what phrases must keep to; none is well.

    A phrase must not offer a word alone that carriers act on (a reply of CANCEL unsubscribes the
    user), and all forms of a phrase must show the same figures.
    """
    return [breach for phrase in book for breach in (*_carrier(phrase), *_forms(phrase))]


def start_up_breaches(books: Iterable[Phrasebook]) -> list[str]:
    """Return everything for which an installation should not start; none is well.

    Beside `lint_phrases`: words that choices have typed, titles of buttons, templates as WhatsApp
    would refuse them, and text messages that must be one or two segments in the plain alphabet.
    """
    breaches = []
    for book in books:
        breaches += [f"{book.lang}: {breach}" for breach in lint_phrases(book)]
        for template in read_templates(book.lang):
            breaches += [f"{book.lang}: {template.name}: {one}" for one in refusals(template)]
        for name, text in book.table("dlt", "sms", {"link": _LONG_LINK}).items():
            if fold(text) != text or segments(text) > SMS_SEGMENTS:
                breaches.append(f"{book.lang}: dlt.{name} is too long or not in the plain alphabet")
        typed = book.table("typed").values()
        breaches += [f"{book.lang}: typed {word}" for word in carrier_breaches(typed)]
    return breaches


def carrier_breaches(words: Iterable[str]) -> list[str]:
    """Return those of ``words`` (grammar words, what choices send) that carriers act on."""
    return [word for word in words if is_carrier_word(word)]


def language_breaches(books: Sequence[Phrasebook]) -> list[str]:
    """Return where languages differ from the first one in keys or placeholders."""
    first, *others = ({phrase.key: phrase for phrase in book} for book in books)
    breaches = []
    for book, phrases in zip(books[1:], others, strict=True):
        missing, extra = first.keys() - phrases.keys(), phrases.keys() - first.keys()
        breaches += [f"{book.lang}: {key} is missing" for key in sorted(missing)]
        breaches += [f"{book.lang}: {key} is in no other language" for key in sorted(extra)]
        breaches += [
            f"{book.lang}: {key} has other placeholders"
            for key in sorted(first.keys() & phrases.keys())
            if _names(first[key]) != _names(phrases[key])
        ]
    return breaches


def keys_in(source: str) -> set[str]:
    """Return the string literals of a Python source that may be phrase keys."""
    return set(_KEY.findall(source))


def unused_keys(book: Phrasebook, sources: Iterable[str]) -> list[str]:
    """Return phrases that no source names, neither whole nor as table and name apart."""
    text = "\n".join(sources)
    unused = []
    for phrase in book:
        table, _, name = phrase.key.partition(".")
        whole = phrase.key in text or phrase.key.removesuffix("_line") in text
        if not whole and not (re.search(rf"\b{table}\.", text) and f'"{name}"' in text):
            unused.append(phrase.key)
    return unused


def _carrier(phrase: Phrase) -> Iterator[str]:
    """Yield the carrier's words that a phrase offers alone."""
    for form, template in phrase.templates():
        text = template.source
        found = {
            match[1].upper() for p in (_CAPITALS, _QUOTED, _TOLD) for match in p.finditer(text)
        }
        if is_carrier_word(text):
            found.add(text.strip(" .!?").upper())
        for word in sorted(found - phrase.carrier):
            yield f"{phrase.key} ({form}) offers {word}, which carriers act on"


def _forms(phrase: Phrase) -> Iterator[str]:
    """Yield forms that show other figures than the general one; some may show fewer.

    A short label has little room, and the singular need not add up what is one thing.
    """
    expected = _shown(phrase.forms["text"])
    for name, form in phrase.forms.items():
        if isinstance(form, Plural) and not form.one.names <= form.many.names:
            yield f"{phrase.key} ({name}) shows more for one than for many"
        if name != "short" and _shown(form) != expected:
            differing = ", ".join(sorted(_shown(form) ^ expected))
            yield f"{phrase.key} ({name}) has other placeholders: {differing}"
    if phrase.count and phrase.count not in expected:
        yield f"{phrase.key} counts {phrase.count}, which it does not show"


def _shown(form: Form) -> frozenset[str]:
    return form.many.names if isinstance(form, Plural) else form.names


def _names(phrase: Phrase) -> frozenset[str]:
    return frozenset().union(*(template.names for _, template in phrase.templates()))
