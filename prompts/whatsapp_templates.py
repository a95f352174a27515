"""Messages that WhatsApp approves beforehand: the registry, its rules, and what fills a template.

One file for each language, ``prompts/whatsapp/<lang>.toml``. Outside of the 24 hours after a
user's last message only an approved template may be sent; inside of them a template that has
buttons carries an answer with up to three of them.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from prompts.fit import WHATSAPP_BUTTONS, WHATSAPP_TITLE
from prompts.gsm import GLUE, is_carrier_word
from prompts.phrasebook import ROOT, Phrasebook, PhraseFault

# What Twilio and WhatsApp allow (Content API pages; rules of WhatsApp's template review).
BODY_CHARACTERS = 1024
VARIABLE_CHARACTERS = 255
CATEGORIES = frozenset({"UTILITY", "AUTHENTICATION", "MARKETING"})
WAITS = "waits"

_VARIABLE = re.compile(r"\{\{(\d+)\}\}")
_FIELDS = frozenset({"class", "category", "body", "samples", "buttons"})
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Template:
    """One template in one language.

    ``message_class`` names the messages it carries, "" when it is sent for another reason.
    ``category`` is what WhatsApp files it under, "" for what needs no approval. ``buttons`` are
    the titles, in the words of the language.
    """

    name: str
    lang: str
    body: str
    samples: tuple[str, ...]
    message_class: str = ""
    category: str = ""
    buttons: tuple[str, ...] = ()

    @property
    def needs_approval(self) -> bool:
        """Tell whether WhatsApp has to approve it: what may begin a conversation."""
        return bool(self.category)

    @property
    def wording(self) -> str:
        """Return what tells one wording from another: sixteen hexadecimal digits."""
        told = "\n".join((self.lang, self.category, self.body, *self.buttons))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def provider_name(self) -> str:
        """Return what it is called at the provider: another wording has another name."""
        return f"fm_{self.name}_{self.lang}_{self.wording[:8]}"

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of its variables, in order."""
        return tuple(_VARIABLE.findall(self.body))


@lru_cache(maxsize=8)
def read_templates(lang: str, root: Path = ROOT) -> tuple[Template, ...]:
    """Read the templates of a language; nothing when it has none. A malformed one is a fault."""
    path = root / "whatsapp" / f"{lang}.toml"
    if not path.exists():
        return ()
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    book = Phrasebook.load(lang, root)
    return tuple(_read(name, lang, table, book) for name, table in tables.items())


def breaches(template: Template) -> Iterator[str]:
    """Yield what WhatsApp or a carrier would refuse about a template; nothing is well."""
    text, names = template.body, template.variables
    if len(text) > BODY_CHARACTERS:
        yield f"the body has more than {BODY_CHARACTERS} characters"
    if list(names) != [str(number) for number in range(1, len(names) + 1)]:
        yield "variables are not numbered from 1 on"
    if len(template.samples) != len(names) or not all(template.samples):
        yield "each variable needs a sample"
    if any(len(sample) > VARIABLE_CHARACTERS for sample in template.samples):
        yield f"a sample has more than {VARIABLE_CHARACTERS} characters"
    if template.needs_approval:
        yield from _review(template)
    yield from _button_breaches(template.buttons)


def _review(template: Template) -> Iterator[str]:
    """Yield what the review of templates that begin a conversation refuses."""
    text = template.body
    if template.category not in CATEGORIES:
        yield "the category is none of WhatsApp's"
    if text.startswith("{{") or text.rstrip(" .!?").endswith("}}"):
        yield "the body begins or ends with a variable"
    if re.search(r"\}\}\s*\{\{", text):
        yield "two variables stand side by side"
    if "\n\n\n" in text or "    " in text:
        yield "the body has too much blank space"


def _button_breaches(titles: Sequence[str]) -> Iterator[str]:
    if len(titles) > WHATSAPP_BUTTONS:
        yield f"more than {WHATSAPP_BUTTONS} buttons"
    if len(set(titles)) < len(titles):
        yield "two buttons have the same title"
    if any(len(title) > WHATSAPP_TITLE for title in titles):
        yield f"a button has more than {WHATSAPP_TITLE} characters"
    # Opt-outs at the carrier hold for WhatsApp senders of a Messaging Service as well.
    if any(is_carrier_word(title) for title in titles):
        yield "a button says a word that carriers act on"


def carrying(lang: str, message_class: str) -> Template | None:
    """Return the template that carries messages of a class in a language."""
    named = (one for one in read_templates(lang) if one.message_class == message_class)
    return next(named, None)


def announcing(lang: str) -> Template | None:
    """Return the template that says that something waits."""
    return next((one for one in read_templates(lang) if one.name == WAITS), None)


def with_buttons(lang: str, titles: Sequence[str]) -> Template | None:
    """Return the template whose buttons have exactly these titles, in this order."""
    wanted = tuple(titles)
    return next((one for one in read_templates(lang) if one.buttons == wanted), None)


def one_line(text: str) -> str:
    """Write a message as a variable: no line ends, no runs of spaces; each line ends a sentence.

    It may come out too long for a variable; nothing is cut here, because half a figure is none.
    """
    lines = [_BLANK.sub(" ", line).strip() for line in text.replace(GLUE, " ").splitlines()]
    return " ".join(line if line[-1:] in ".!?:;," else f"{line}." for line in lines if line)


def fits_variable(text: str) -> bool:
    """Tell whether a text is one that a variable can hold."""
    return 0 < len(text) <= VARIABLE_CHARACTERS


def _read(name: str, lang: str, table: Mapping[str, Any], book: Phrasebook) -> Template:
    unknown = table.keys() - _FIELDS
    if unknown:
        raise PhraseFault(f"whatsapp.{lang}.{name}", f"has unknown fields: {sorted(unknown)}")
    return Template(
        name=name,
        lang=lang,
        body=table["body"],
        samples=tuple(table.get("samples", ())),
        message_class=table.get("class", ""),
        category=table.get("category", ""),
        buttons=tuple(_title(key, book) for key in table.get("buttons", ())),
    )


def _title(key: str, book: Phrasebook) -> str:
    """Return a choice as a small button writes it."""
    return book.render(key, {}, "short")
