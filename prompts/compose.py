"""Turns what a tool found into text: head, lines, tails and the labels of choices.

The answer's shape is the key of its head; each line is written by ``<shape>_line`` or by its
own shape; options are tails. Every figure is written from a fact, so a reply says the same
figures on every channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from prompts.answers import AnswerLike, ChoiceLike, FactLike, LineLike
from prompts.figures import Numbered, Style, write, write_count, write_moment
from prompts.fit import Label
from prompts.foreign import clean_name
from prompts.gsm import GLUE
from prompts.phrasebook import Phrasebook
from prompts.template import Value

LINES = {"sms": 3}
LINES_ELSEWHERE = 10


@dataclass(frozen=True, slots=True)
class Text:
    """A composed reply, before it is fitted to its channel.

    ``glued`` keeps the parts of a figure together with no-break spaces and is what `fit` takes.
    ``last_number`` is the number of the last line that can be chosen (0 when none is numbered);
    choices are numbered on from there. ``next_line`` is where MORE goes on, 0 when all is shown.
    """

    glued: str
    labels: tuple[Label, ...] = ()
    last_number: int = 0
    next_line: int = 0

    @property
    def text(self) -> str:
        """The reply with plain spaces."""
        return self.glued.replace(GLUE, " ")


class Written(Mapping[str, Value]):
    """The placeholders of a phrase, each written from its fact when the phrase asks for it.

    ``{name}`` is the fact, ``{name:abs}`` and ``{name:near}`` its variants; ``{as_of}`` is the
    oldest time that any of the facts was known to be true.
    """

    def __init__(
        self, facts: Sequence[FactLike], style: Style, book: Phrasebook, **more: Value
    ) -> None:
        """Take the facts and ``more`` ready values."""
        self._facts = {fact.name: fact for fact in facts}
        self._style = style
        self._book = book
        self._more = more

    def __getitem__(self, placeholder: str) -> Value:
        """Write the value of ``placeholder``."""
        if placeholder in self._more:
            return self._more[placeholder]
        name, _, variant = placeholder.partition(":")
        fact = self._facts.get(name)
        if fact is None:
            if name == "as_of":
                return self._as_of()
            raise KeyError(placeholder)
        if fact.kind == "name":
            return _named(fact, self._book, self._style)
        return _glued(write(fact, self._style, variant))

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the placeholders."""
        yield from self._facts
        yield from self._more

    def __len__(self) -> int:
        """Return how many placeholders there are."""
        return len(self._facts) + len(self._more)

    def _as_of(self) -> str:
        times: list[datetime] = [f.as_of for f in self._facts.values() if f.as_of is not None]
        if not times:
            raise KeyError("as_of")
        return _glued(write_moment(min(times), self._style))


def compose(
    answer: AnswerLike, book: Phrasebook, style: Style, *, first: int = 0, head: str = ""
) -> Text:
    """Write ``answer`` for ``style``, its lines from ``first`` on (head and tails only at 0).

    ``head`` are words, figures included, that stand for the phrase of its shape.
    """
    style = _with_words(style, book)
    fields = Written(answer.facts, style, book)
    limit = LINES.get(style.profile, LINES_ELSEWHERE)
    shown = answer.lines[first : first + limit]
    hidden = len(answer.lines) - first - len(shown)
    numbers = _numbers(answer.lines)
    parts = [] if first else [head or book.render(answer.shape, fields, style.profile)]
    for index, line in enumerate(shown, start=first):
        parts.append(_line(answer, line, numbers[index], book, style))
    if hidden:
        count = {"hidden": write_count(hidden, style)}
        parts.append(book.render("list.more", count, style.profile))
    if not first:
        parts += [book.render(option, fields, style.profile) for option in answer.options]
    return Text(
        "\n".join(parts),
        tuple(label(choice, book, style) for choice in answer.choices),
        last_number=max(numbers[: first + len(shown)], default=0),
        next_line=first + len(shown) if hidden else 0,
    )


def say(
    key: str,
    fields: Mapping[str, Value | FactLike],
    book: Phrasebook,
    style: Style,
    choices: Sequence[ChoiceLike] = (),
) -> Text:
    """Write one phrase with plain fields: foreign text is bounded, facts are written."""
    style = _with_words(style, book)
    facts = [value for value in fields.values() if not isinstance(value, (str, int))]
    plain = {
        name: _plain_value(name, value, book, style)
        for name, value in fields.items()
        if isinstance(value, (str, int))
    }
    written = Written(facts, style, book, **plain)
    labels = tuple(label(choice, book, style) for choice in choices)
    return Text(book.render(key, written, style.profile), labels)


def label(choice: ChoiceLike, book: Phrasebook, style: Style) -> Label:
    """Write the label of a choice, and a shorter one when its phrase has it."""
    if not choice.phrase:
        return Label(choice.send, book.category(choice.text) or clean_name(choice.text))
    fields = {
        name: _plain_value(name, value, book, style) for name, value in dict(choice.fields).items()
    }
    short = ""
    if choice.phrase in book and "short" in book[choice.phrase].forms:
        short = book.render(choice.phrase, fields, "short")
    text = book.render(choice.phrase, fields, style.profile)
    return Label(choice.send, text, short, _typed(choice.send, book))


def _typed(send: str, book: Phrasebook) -> str:
    """Write what counts as typed in the language of the book: ``APROBAR K7QM``."""
    word, _, rest = send.partition(" ")
    key = f"typed.{word.casefold()}"
    return f"{book.render(key)} {rest}".strip() if key in book else ""


def _line(answer: AnswerLike, line: LineLike, number: int, book: Phrasebook, style: Style) -> str:
    key = line.shape or f"{answer.shape}_line"
    text = book.render(key, Written(line.facts, style, book), style.profile)
    return f"{number}){GLUE}{text}" if number else text


def _numbers(lines: Sequence[LineLike]) -> list[int]:
    """Number the lines that can be chosen, 0 for the others; a single one needs no number."""
    numbers, last = [], 0
    for line in lines:
        last += bool(line.subject)
        numbers.append(last if line.subject else 0)
    return numbers if last > 1 else [0] * len(numbers)


def _plain_value(name: str, value: Value, book: Phrasebook, style: Style) -> Value:
    if isinstance(value, int):
        return write_count(value, style)
    return _named(_NameFact(name, value), book, style)


def _named(fact: FactLike, book: Phrasebook, style: Style) -> str:
    """Write a name: our own codes and slugs in words, all other text bounded.

    A code is either whole (``cadence_monthly``) or its fact's name is the rest of it.
    """
    text = _read(fact, book, style)
    return book.render("mark.guess", {"name": text}, style.profile) if fact.is_guess else text


def _read(fact: FactLike, book: Phrasebook, style: Style) -> str:
    value = str(fact.value)
    for word in (f"word.{value}", f"word.{fact.name}_{value}"):
        if word in book:
            return book.render(word, {}, style.profile)
    return book.category(value) or write(fact, style)


@dataclass(frozen=True, slots=True)
class _NameFact:
    name: str
    value: str
    kind: str = "name"
    as_of: datetime | None = None
    is_guess: bool = False


def _with_words(style: Style, book: Phrasebook) -> Style:
    return style if style.words is not None else replace(style, words=book)


def _glued(text: str) -> str:
    if " " not in text:
        return text
    glued = text.replace(" ", GLUE)
    return Numbered(glued, text.number) if isinstance(text, Numbered) else glued
