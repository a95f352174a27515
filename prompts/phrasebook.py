"""Every sentence a user reads, looked up by key and rendered for a channel.

A phrase lives in ``prompts/<lang>/<file>.toml`` as ``[table] name = …`` and has the key
``table.name``, unique over all files of the language. It is a text, or a table of forms:

- ``text`` for every channel, and the name of a profile (``sms``, ``whatsapp``, …) for that one;
- ``short`` for labels with little room (a WhatsApp button takes 20 characters);
- ``one`` and ``many``, chosen by the number in the field that ``count`` names, either instead
  of ``text`` or inside any form;
- ``carrier``: words of the carrier's own (STOP, HELP) that this phrase may name on SMS.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from prompts.foreign import clean_name
from prompts.template import (
    FieldMissing,
    Template,
    TemplateMalformed,
    Value,
    compile_template,
    fill,
)

ROOT = Path(__file__).parent
PROFILES = ("web", "terminal", "telegram", "whatsapp", "sms")
# What the user reads when a phrase cannot be rendered in production; it takes {reference}.
WORDLESS = "error.wordless"
# Names of categories by slug are not phrases: they stand inside of them.
_CATEGORIES = "categories.toml"
_FORMS = frozenset({"text", "short", *PROFILES})
_SETTINGS = frozenset({"one", "many", "count", "carrier"})


class PhraseFault(Exception):
    """A phrase is missing, malformed, doubled, or was given too few fields: a bug of ours."""

    code: ClassVar[str] = "phrase.fault"

    def __init__(self, key: str, reason: str) -> None:
        """Name the phrase and what is wrong with it."""
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Plural:
    """Two forms of one text; English, Spanish and Hindi need no more."""

    one: Template
    many: Template


Form = Template | Plural


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing to say, in the forms that channels need."""

    key: str
    forms: Mapping[str, Form]
    count: str = ""
    carrier: frozenset[str] = frozenset()

    def form(self, profile: str) -> Form:
        """Return the form for ``profile`` (or "short"), else the general one."""
        return self.forms.get(profile) or self.forms["text"]

    def templates(self) -> Iterator[tuple[str, Template]]:
        """Yield every template with the name of its form."""
        for name, form in self.forms.items():
            if isinstance(form, Plural):
                yield from ((name, form.one), (name, form.many))
            else:
                yield name, form


class Phrasebook:
    """The phrases of one language.

    A strict book (tests, development) raises `PhraseFault` for a missing phrase or field; a
    lenient one (production) says that words are missing, with the key as the reference, and
    hands the fault to ``on_fault``: a turn that has acted must still answer.
    """

    def __init__(
        self,
        lang: str,
        phrases: Mapping[str, Phrase],
        *,
        categories: Mapping[str, str] | None = None,
        strict: bool = True,
        on_fault: Callable[[PhraseFault], None] | None = None,
    ) -> None:
        """Keep the phrases; see the class for ``strict`` and ``on_fault``."""
        self.lang = lang
        self._phrases = phrases
        self._categories = categories or {}
        self._strict = strict
        self._on_fault = on_fault

    @classmethod
    def load(
        cls,
        lang: str = "en",
        root: Path = ROOT,
        *,
        strict: bool = True,
        on_fault: Callable[[PhraseFault], None] | None = None,
    ) -> Phrasebook:
        """Read all phrases of ``lang``; a malformed or doubled one stops the start."""
        phrases: dict[str, Phrase] = {}
        files = sorted((root / lang).glob("*.toml"))
        if not files:
            raise PhraseFault(lang, "no phrases of this language")
        for path in files:
            if path.name == _CATEGORIES:
                continue
            for phrase in _read(path):
                if phrase.key in phrases:
                    raise PhraseFault(phrase.key, f"is there twice, again in {path.name}")
                phrases[phrase.key] = phrase
        names = _category_names(root / lang / _CATEGORIES)
        return cls(lang, phrases, categories=names, strict=strict, on_fault=on_fault)

    def __contains__(self, key: str) -> bool:
        """Tell whether there is such a phrase."""
        return key in self._phrases

    def __iter__(self) -> Iterator[Phrase]:
        """Yield all phrases, in the order of their files."""
        return iter(self._phrases.values())

    def __getitem__(self, key: str) -> Phrase:
        """Return the phrase; raise `PhraseFault` when there is none.

        ``ask.add_entry.amount`` without a phrase of its own is ``ask.amount``.
        """
        table, _, name = key.partition(".")
        phrase = self._phrases.get(key) or self._phrases.get(f"{table}.{name.rpartition('.')[2]}")
        if phrase is None:
            raise PhraseFault(key, "is missing")
        return phrase

    def category(self, slug: str) -> str:
        """Return the friendly name of a category, "" for what is not one.

        A category of the user's own (``user:dog_walks``) is named by its slug.
        """
        if slug.startswith("user:"):
            own = slug.removeprefix("user:").replace("_", " ").replace("-", " ").strip()
            return clean_name(own[:1].upper() + own[1:])
        return self._categories.get(slug, "")

    def render(
        self, key: str, fields: Mapping[str, Value] | None = None, profile: str = "web"
    ) -> str:
        """Return the phrase ``key`` for ``profile`` (or "short") with ``fields`` put in."""
        try:
            return self._rendered(self[key], {} if fields is None else fields, profile)
        except PhraseFault as fault:
            if self._strict or key == WORDLESS:
                raise
            if self._on_fault is not None:
                self._on_fault(fault)
            return self.render(WORDLESS, {"reference": key}, profile)

    def table(
        self, name: str, profile: str = "web", fields: Mapping[str, Value] = MappingProxyType({})
    ) -> dict[str, str]:
        """Render every phrase of one table that needs no more than ``fields``, by its name."""
        prefix = f"{name}."
        return {
            key.removeprefix(prefix): self.render(key, fields, profile)
            for key, phrase in self._phrases.items()
            if key.startswith(prefix)
            and all(t.required <= fields.keys() for _, t in phrase.templates())
        }

    def _rendered(self, phrase: Phrase, fields: Mapping[str, Value], profile: str) -> str:
        form = phrase.form(profile)
        try:
            if isinstance(form, Plural):
                form = form.one if _number(phrase, fields) == 1 else form.many
            return fill(form, fields)
        except FieldMissing as missing:
            raise PhraseFault(phrase.key, f"has no value for {{{missing}}}") from None


@lru_cache(maxsize=8)
def languages(root: Path = ROOT) -> tuple[str, ...]:
    """Return the languages that have phrases: those a user may be spoken to in."""
    return tuple(sorted(path.name for path in root.iterdir() if (path / "replies.toml").exists()))


def _number(phrase: Phrase, fields: Mapping[str, Value]) -> int:
    """Return the number that chooses the plural; without one there is more than one."""
    value = fields.get(phrase.count)
    number = getattr(value, "number", value)
    return number if isinstance(number, int) else 0


def _category_names(path: Path) -> Mapping[str, str]:
    """Return the friendly names of categories by slug; nothing when there is no such file."""
    if not path.exists():
        return {}
    names: Mapping[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))["names"]
    return names


def _read(path: Path) -> Iterator[Phrase]:
    """Yield the phrases of one file."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PhraseFault(path.name, str(error)) from error
    for table, names in tables.items():
        if not isinstance(names, dict):
            raise PhraseFault(f"{path.name}: {table}", "stands outside of a table")
        for name, content in names.items():
            key = f"{table}.{name}"
            try:
                yield _phrase(key, content)
            except TemplateMalformed as error:
                raise PhraseFault(key, str(error)) from error


def _phrase(key: str, content: Any) -> Phrase:  # noqa: ANN401 - what a TOML file may hold
    if isinstance(content, str):
        return Phrase(key, {"text": compile_template(content.strip())})
    if not isinstance(content, dict) or not content:
        raise PhraseFault(key, "is neither a text nor a table of forms")
    unknown = content.keys() - _FORMS - _SETTINGS
    if unknown:
        raise PhraseFault(key, f"has unknown forms: {', '.join(sorted(unknown))}")
    forms = {name: _form(key, content[name]) for name in content.keys() & _FORMS}
    if "one" in content or "many" in content:
        forms["text"] = _form(key, {name: content.get(name) for name in ("one", "many")})
    if "text" not in forms:
        raise PhraseFault(key, "has no form for every channel")
    count = content.get("count", "")
    if not count and any(isinstance(form, Plural) for form in forms.values()):
        raise PhraseFault(key, "has plural forms and no count")
    return Phrase(key, forms, count, frozenset(content.get("carrier", ())))


def _form(key: str, content: Any) -> Form:  # noqa: ANN401 - what a TOML file may hold
    if isinstance(content, str):
        return compile_template(content.strip())
    if isinstance(content, dict) and content.keys() == {"one", "many"}:
        one, many = content["one"], content["many"]
        if isinstance(one, str) and isinstance(many, str):
            return Plural(compile_template(one.strip()), compile_template(many.strip()))
    raise PhraseFault(key, "has a form that is neither a text nor one and many")
