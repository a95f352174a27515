"""Finds the sentence a message is, and which of its words fill the sentence's slots."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from intents.sentence import Choice, Items, Slot, beginnings, needs, parse
from intents.vocabulary import Intent

# Slots that any words can fill when no grammar knows them; they need a firm word beside them.
FREE = frozenset(
    {
        "anything",
        "card",
        "bill",
        "currency",
        "day",
        "goal",
        "hour",
        "kind",
        "language",
        "merchant",
        "name",
        "note",
        "parts",
        "payee",
        "person",
        "iban",
        "email",
        "digits",
        "quiet",
        "stock",
        "subscription",
        "task",
        "text",
        "what",
        "zone",
    }
)
# Of these, the ones that hold whole texts, and names that may hold any but a few words.
_TEXT = frozenset({"parts", "quiet", "hour", "day", "task"})
_LOOSE = frozenset({"goal", "note", "name", "text", "zone", "language", "currency"})
# What is taken as it was typed, whatever it would be elsewhere.
_TYPED = frozenset({"iban", "email", "digits"})
_TIMED = frozenset({"due", "cadence"})
_LONGEST_FREE = 5
_LONGEST_PARTS = 14
_FREE_WORD_COST = 2.0
_SLOT_COST = 0.3


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence that covers a whole message: its request and which words filled its slots.

    ``cost`` tells how loosely it fits: words that any slot would take count most.
    """

    label: str
    arguments: Mapping[str, Any]
    slots: Mapping[str, tuple[tuple[int, int], ...]]
    cost: float
    literals: int


@dataclass(frozen=True, slots=True)
class _Template:
    """A sentence template with what it asks for.

    ``words`` stand in every message it covers, and of each of ``others`` one word or slot: most
    templates are seen not to fit by that, without trying.
    """

    items: Items
    label: str
    arguments: Mapping[str, Any]
    words: frozenset[str]
    others: tuple[frozenset[str | Slot], ...]

    @classmethod
    def of(cls, text: str, label: str, arguments: Mapping[str, Any]) -> _Template:
        """Read a template, and what it cannot do without."""
        items = parse(text)
        words: set[str] = set()
        others: list[frozenset[str | Slot]] = []
        for need in needs(items):
            if any(isinstance(one, Slot) and one.name in FREE for one in need):
                continue  # any words will do
            single = next(iter(need)) if len(need) == 1 else None
            if isinstance(single, str):
                words.add(single)
            else:
                others.append(need)
        return cls(items, label, arguments, frozenset(words), tuple(others))

    def may_fit(self, has: Set[str | Slot]) -> bool:
        """Tell whether a message that ``has`` these words and slots may be this sentence."""
        return self.words <= has and not any(need.isdisjoint(has) for need in self.others)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the slots of one message can stand: for a slot name, end by beginning.

    ``shut`` are words that no name may hold, ``requested`` ones that no shop's name may hold:
    they ask or command. ``blocked`` are places of amounts and days, which no name runs over.
    ``own`` are the places of names that only this user's books hold: his bills.
    """

    words: tuple[str, ...]
    known: Mapping[str, Mapping[int, tuple[int, ...]]]
    shut: Collection[str] = ()
    requested: Collection[str] = ()
    blocked: Collection[int] = ()
    own: Collection[tuple[int, int]] = ()

    def ends(self, name: str, at: int, last: int) -> Iterator[tuple[int, float]]:
        """Give each place where a slot begun at ``at`` may end, and what that costs."""
        for end in self.known.get(name, {}).get(at, ()):
            if end <= last:
                yield end, _SLOT_COST
        if name not in FREE:
            return
        longest = _LONGEST_PARTS if name == "parts" else _LONGEST_FREE
        for end in range(at + 1, min(last, at + longest) + 1):
            if name not in _TEXT and not self._may_hold(name, end - 1):
                return
            yield end, _SLOT_COST + _FREE_WORD_COST * (end - at)

    def knows(self, name: str, first: int, end: int) -> bool:
        """Tell whether a grammar found this very place for the slot."""
        return end in self.known.get(name, {}).get(first, ())

    def _may_hold(self, name: str, place: int) -> bool:
        if name in _TYPED:
            return True  # letters and figures, which alone would be an amount
        if name == "note":
            return place not in self.blocked
        shut = self.shut if name in _LOOSE else self.requested
        return place not in self.blocked and self.words[place] not in shut


class Sentences:
    """Every exact sentence of the vocabulary, ready to be matched."""

    def __init__(self, intents: Iterable[Intent], stop: Collection[str]) -> None:
        """Index all templates by the words and slots that they can begin with."""
        self._stop = frozenset(stop)
        self._by_word: dict[str, list[_Template]] = {}
        self._by_slot: dict[str, list[_Template]] = {}
        for intent in intents:
            for group in intent.phrases:
                for template in group.say:
                    self._add(_Template.of(template, intent.label, group.arguments))

    def matches(self, places: Places, first: int, last: int) -> list[Match]:
        """Return the sentences that words ``first`` to ``last`` are, best first."""
        has: set[str | Slot] = {*places.words[first:last]}
        has.update(map(Slot, places.known))
        found = [
            match
            for template in self._candidates(places, first)
            if template.may_fit(has)
            for match in self._matched(template, places, first, last)
        ]
        found.sort(key=lambda match: (match.cost, -match.literals))
        return found

    def _add(self, template: _Template) -> None:
        for start in beginnings(template.items):
            if isinstance(start, Slot):
                self._by_slot.setdefault(start.name, []).append(template)
            else:
                self._by_word.setdefault(start, []).append(template)

    def _candidates(self, places: Places, first: int) -> Iterable[_Template]:
        found = {id(one): one for one in self._by_word.get(places.words[first], ())}
        for name, templates in self._by_slot.items():
            if name in FREE or first in places.known.get(name, {}):
                found.update((id(one), one) for one in templates)
        return found.values()

    def _matched(
        self, template: _Template, places: Places, first: int, last: int
    ) -> Iterator[Match]:
        for trail in _walk(template.items, 0, places, _Trail(first, last)):
            if trail.at == last and self._is_firm(trail, places):
                slots = _collected(trail.taken)
                yield Match(
                    template.label, template.arguments, slots, trail.cost, len(trail.literals)
                )

    def _is_firm(self, trail: _Trail, places: Places) -> bool:
        """Tell whether more than free slots and small words hold the sentence together.

        "{payee} {amount}" would match almost anything; it teaches the classifier only. A day
        together with how often is firm, and so is a name that only the user's books know.
        """
        free: list[Any] = [
            name
            for name, first, end in trail.taken
            if name in FREE and not (name == "bill" and (first, end) in places.own)
        ]
        if free == ["merchant"] and "category" in {name for name, _, _ in trail.taken}:
            # "why is netflix fun": a shop of the books beside a category
            free = [one for one in trail.taken if one[0] == "merchant" and not places.knows(*one)]
        if not free or {name for name, _, _ in trail.taken} >= _TIMED:
            return True
        return any(word not in self._stop for word in trail.literals)


Taken = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Trail:
    """How far into the message a template has come, and what it has taken on the way."""

    at: int
    last: int
    taken: Taken = ()
    cost: float = 0.0
    literals: tuple[str, ...] = ()


def _walk(items: Items, place: int, places: Places, trail: _Trail) -> Iterator[_Trail]:
    if place == len(items):
        yield trail
        return
    item = items[place]
    for step in _step(item, places, trail):
        yield from _walk(items, place + 1, places, step)


def _step(item: str | Slot | Choice, places: Places, trail: _Trail) -> Iterator[_Trail]:
    at, last = trail.at, trail.last
    if isinstance(item, Choice):
        for way in item.ways:
            yield from _walk(way, 0, places, trail)
    elif isinstance(item, Slot):
        for end, price in places.ends(item.name, at, last):
            taken = (*trail.taken, (item.name, at, end))
            yield _Trail(end, last, taken, trail.cost + price, trail.literals)
    elif at < last and places.words[at] == item:
        yield _Trail(at + 1, last, trail.taken, trail.cost, (*trail.literals, item))


def _collected(taken: Taken) -> dict[str, tuple[tuple[int, int], ...]]:
    slots: dict[str, tuple[tuple[int, int], ...]] = {}
    for name, first, last in taken:
        slots[name] = (*slots.get(name, ()), (first, last))
    return slots
