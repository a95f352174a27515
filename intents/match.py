"""Finds the sentence a message is: all templates in one tree of words, walked once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from intents.sentence import Slot, spell_out
from intents.vocabulary import Intent

# Slots that any words can fill when no grammar knows them; they need a firm word beside them.
FREE = frozenset(
    {
        "anything", "currency", "day", "file", "hour", "kind", "language", "merchant",
        "name", "note", "parts", "payee", "person", "quiet", "stock", "subscription", "text", "topic", "what", "zone",
    }
)  # fmt: skip
# Of these, the ones that hold whole texts, and names that may hold any but a few words.
_TEXT = frozenset({"parts", "note", "quiet", "hour", "day"})
_LOOSE = frozenset({"name", "text", "zone", "topic", "language", "currency", "file"})
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


@dataclass(slots=True)
class _Node:
    words: dict[str, _Node] = field(default_factory=dict)
    slots: dict[str, _Node] = field(default_factory=dict)
    ends: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the slots of one message can stand: for a slot name, end by beginning.

    ``shut`` are words that no name may hold, ``requested`` ones that no shop's name may hold:
    they ask or command. ``blocked`` are places of amounts and days, which no name runs over.
    """

    words: tuple[str, ...]
    known: Mapping[str, Mapping[int, tuple[int, ...]]]
    shut: Collection[str] = ()
    requested: Collection[str] = ()
    blocked: Collection[int] = ()

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

    def _may_hold(self, name: str, place: int) -> bool:
        shut = self.shut if name in _LOOSE else self.requested
        return place not in self.blocked and self.words[place] not in shut


class Sentences:
    """Every exact sentence of the vocabulary, ready to be matched."""

    def __init__(self, intents: Iterable[Intent], stop: Collection[str]) -> None:
        """Spell all templates out into one tree.

        A sentence of free slots and small words only ("{payee} {amount}") would match almost
        anything; it teaches the classifier and is left out here.
        """
        self._root = _Node()
        for intent in intents:
            for group in intent.phrases:
                for template in group.say:
                    for sentence in spell_out(template):
                        if _is_firm(sentence, stop):
                            self._add(sentence, intent.label, group.arguments)

    def matches(self, places: Places, first: int, last: int) -> list[Match]:
        """Return the sentences that words ``first`` to ``last`` are, best first."""
        found = [
            Match(label, arguments, _collected(slots), cost, literals)
            for label, arguments, slots, cost, literals in _walk(
                self._root, places, first, last, ((), 0.0, 0)
            )
        ]
        found.sort(key=lambda match: (match.cost, -match.literals))
        return found

    def _add(
        self, sentence: tuple[str | Slot, ...], label: str, arguments: Mapping[str, Any]
    ) -> None:
        node = self._root
        for item in sentence:
            if isinstance(item, Slot):
                node = node.slots.setdefault(item.name, _Node())
            else:
                node = node.words.setdefault(item, _Node())
        if all(ending[0] != label for ending in node.ends):
            node.ends.append((label, arguments))


Taken = tuple[tuple[str, int, int], ...]
Trail = tuple[Taken, float, int]


def _walk(
    node: _Node, places: Places, at: int, last: int, trail: Trail
) -> Iterator[tuple[str, Mapping[str, Any], Taken, float, int]]:
    taken, cost, literals = trail
    if at == last:
        for label, arguments in node.ends:
            yield label, arguments, taken, cost, literals
        return
    below = node.words.get(places.words[at])
    if below is not None:
        yield from _walk(below, places, at + 1, last, (taken, cost, literals + 1))
    for name, under in node.slots.items():
        for end, price in places.ends(name, at, last):
            step = (*taken, (name, at, end))
            yield from _walk(under, places, end, last, (step, cost + price, literals))


def _is_firm(sentence: tuple[str | Slot, ...], stop: Collection[str]) -> bool:
    free = any(isinstance(item, Slot) and item.name in FREE for item in sentence)
    if not free:
        return True
    return any(isinstance(item, str) and item not in stop for item in sentence)


def _collected(taken: Taken) -> dict[str, tuple[tuple[int, int], ...]]:
    slots: dict[str, tuple[tuple[int, int], ...]] = {}
    for name, first, last in taken:
        slots[name] = (*slots.get(name, ()), (first, last))
    return slots
