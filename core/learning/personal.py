"""What one user's corrections add to the shipped model: a small layer over the same features.

Kernel logistic regression on top of the shipped model's own probabilities, in numpy alone: the
same corrections give the same weights, and time and memory are bounded by how many are learned
from. Nothing of it is ever shared: one user's layer is trained on that user's cases only.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from core.learning.features import buckets
from core.payees.decisions import Decisions
from core.payees.rules import ANY, Match

# Learned from at once, the newest; so many pairs of names are compared.
MOST_LESSONS = 400
# With fewer there is nothing to learn that memory does not know.
FEWEST_LESSONS = 10
_ROUNDS, _PACE, _SHRINK = 150, 0.5, 0.02
_HELD_OUT = 5  # one payee of so many never teaches
_UNHEARD_OF = 1e-3  # the shipped model's chance of a category of the user's own
_STEPS = 127
# A guess that only this layer makes is shown as a guess, however sure it is.
_MOST_SURE = 89
# Of what `to_bytes` writes.
_VERSION = 1


class BaseModel(Protocol):
    """What is needed of the shipped model."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the categories it knows."""
        ...

    def guess(self, key: str) -> tuple[str, int] | None:
        """Return the likeliest category and the chance, in whole per cent."""
        ...

    def second(self, key: str, told: str) -> int | None:
        """Return the chance that what the name's words tell is right."""
        ...

    def probabilities(self, key: str) -> NDArray[np.float32]:
        """Return its own probability of every label."""
        ...

    def chance_at(self, probability: float) -> int:
        """Return how often a guess of such a probability is right, in whole per cent."""
        ...


@dataclass(frozen=True, slots=True)
class Lesson:
    """A payee's key and where the user puts it."""

    key: str
    category: str

    @property
    def is_held_out(self) -> bool:
        """Tell whether it only measures; payees that begin alike stay together."""
        return crc32(self.key.split(maxsplit=1)[0].encode()) % _HELD_OUT == 0


def lessons(decisions: Decisions) -> tuple[Lesson, ...]:
    """Return what a user's decisions teach about names: the newest word on each payee.

    The model is asked about money out only; a rule with conditions says nothing of a name.
    """
    found = {
        rule.merchant_key: rule.category
        for rule in reversed(decisions.rules)
        if rule.conditions == ANY and rule.match is not Match.CONTAINS
    }
    for case in decisions.cases:
        if not case.payment.inflow:
            found.pop(case.key, None)  # the newest comes last
            found[case.key] = case.category
    newest = list(found.items())[-MOST_LESSONS:]
    return tuple(Lesson(key, category) for key, category in newest)


@dataclass(frozen=True, slots=True)
class PersonalWeights:
    """Whole-numbered weights of the features that a user's payees have, for the user's labels."""

    labels: tuple[str, ...]
    places: NDArray[np.int32]
    steps: NDArray[np.int8]
    scale: float

    def to_bytes(self) -> bytes:
        """Write the weights: names and numbers, nothing that runs when read."""
        told = {
            "version": _VERSION,
            "labels": self.labels,
            "scale": self.scale.hex(),
            "places": base64.b64encode(self.places.astype("<i4").tobytes()).decode(),
            "steps": base64.b64encode(self.steps.tobytes()).decode(),
        }
        return zlib.compress(json.dumps(told).encode())

    @classmethod
    def from_bytes(cls, data: bytes) -> PersonalWeights:
        """Read what `to_bytes` wrote."""
        told = json.loads(zlib.decompress(data))
        labels = tuple(told["labels"])
        places = np.frombuffer(base64.b64decode(told["places"]), dtype="<i4").astype(np.int32)
        steps = np.frombuffer(base64.b64decode(told["steps"]), dtype=np.int8)
        shape = (len(places), len(labels))
        return cls(labels, places, steps.reshape(shape), float.fromhex(told["scale"]))


def train(base: BaseModel, taught: Sequence[Lesson]) -> PersonalWeights:
    """Fit a layer that brings the shipped model nearer to what the user said."""
    labels = tuple(sorted({one.category for one in taught}))
    every = _every(base, labels)
    start = np.stack([_offsets(base, one.key, every) for one in taught])
    truth = np.zeros_like(start)
    for row, one in enumerate(taught):
        truth[row, every.index(one.category)] = 1.0
    places, features = _features(taught)
    alike = features @ features.T
    own = [every.index(label) for label in labels]
    pull = np.zeros((len(taught), len(labels)))
    for _ in range(_ROUNDS):
        scores = start.copy()
        scores[:, own] += alike @ pull
        wrong = (_shares(scores) - truth)[:, own]
        pull -= _PACE * (wrong + _SHRINK * pull)
    return _whole_numbered(labels, places, features.T @ pull)


def _features(taught: Sequence[Lesson]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    own = [buckets(one.key) for one in taught]
    places = np.asarray(sorted({place for found in own for place in found}), dtype=np.int32)
    features = np.zeros((len(taught), len(places)))
    for row, found in enumerate(own):
        features[row, np.searchsorted(places, found)] = 1.0 / np.sqrt(len(found))
    return places, features


def _whole_numbered(
    labels: tuple[str, ...], places: NDArray[np.int32], weights: NDArray[np.float64]
) -> PersonalWeights:
    scale = float(np.abs(weights).max()) / _STEPS or 1.0
    steps = np.round(weights / scale).astype(np.int8)
    used = np.flatnonzero(np.abs(steps).sum(axis=1))
    return PersonalWeights(labels, places[used], steps[used], scale)


def _every(base: BaseModel, labels: Sequence[str]) -> list[str]:
    return [*base.labels, *(label for label in labels if label not in base.labels)]


def _offsets(base: BaseModel, key: str, every: Sequence[str]) -> NDArray[np.float64]:
    known = np.asarray(base.probabilities(key), dtype=np.float64)
    unheard_of = np.full(len(every) - len(known), _UNHEARD_OF)
    offsets: NDArray[np.float64] = np.log(np.maximum(np.concatenate([known, unheard_of]), 1e-9))
    return offsets


def _shares(scores: NDArray[Any]) -> NDArray[Any]:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: NDArray[Any] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


class PersonalModel:
    """The shipped model as one user has taught it; never changes."""

    def __init__(self, base: BaseModel, weights: PersonalWeights) -> None:
        """Lay ``weights`` over ``base``."""
        self._base, self._weights = base, weights
        self._every = _every(base, weights.labels)
        self._own = [self._every.index(label) for label in weights.labels]

    def guess(self, key: str) -> tuple[str, int] | None:
        """Return the likeliest category and the chance that it is right.

        Where the layer changes the shipped model's mind, it is only ever shown as a guess.
        """
        told = self._base.guess(key)
        scores = _offsets(self._base, key, self._every)
        scores[self._own] += self._pulled(key)
        shares = _shares(scores)
        best = int(shares.argmax())
        if told is not None and told[0] == self._every[best]:
            return told
        return self._every[best], min(self._base.chance_at(float(shares[best])), _MOST_SURE)

    def second(self, key: str, told: str) -> int | None:
        """Return the chance that what the name's words tell is right."""
        return self._base.second(key, told)

    def _pulled(self, key: str) -> NDArray[np.float64]:
        weights, own = self._weights, np.asarray(buckets(key), dtype=np.int32)
        at = np.searchsorted(weights.places, own)
        inside = at < len(weights.places)
        at, found = at[inside], own[inside]
        rows = weights.steps[at[weights.places[at] == found]]
        total: NDArray[np.float64] = rows.sum(axis=0, dtype=np.float64)
        total *= weights.scale / np.sqrt(max(len(own), 1))
        return total


@dataclass(frozen=True, slots=True)
class Trial:
    """How a new layer fares beside the present one: counts, and what it would lose."""

    lessons: int
    held_out: int
    right_before: int
    right_after: int
    held_out_before: int
    held_out_after: int
    lost: int

    @property
    def is_better(self) -> bool:
        """Tell whether it may serve: nothing lost, no worse on what never taught it, and a gain."""
        return (
            self.lost == 0
            and self.held_out_after >= self.held_out_before
            and self.right_after > self.right_before
        )


class Guesser(Protocol):
    """What a trial asks of either model."""

    def guess(self, key: str) -> tuple[str, int] | None:
        """Return the likeliest category and the chance, in whole per cent."""
        ...


def compare(present: Guesser, new: Guesser, taught: Sequence[Lesson]) -> Trial:
    """Try two models on all of a user's lessons, those held out apart."""
    before = [_is_right(present, one) for one in taught]
    after = [_is_right(new, one) for one in taught]
    held = [one.is_held_out for one in taught]
    return Trial(
        lessons=len(taught),
        held_out=sum(held),
        right_before=sum(before),
        right_after=sum(after),
        held_out_before=sum(was and out for was, out in zip(before, held, strict=True)),
        held_out_after=sum(now and out for now, out in zip(after, held, strict=True)),
        lost=sum(was and not now for was, now in zip(before, after, strict=True)),
    )


def _is_right(model: Guesser, lesson: Lesson) -> bool:
    found = model.guess(lesson.key)
    return found is not None and found[0] == lesson.category
