"""Trains the shipped model: ``python -m core.learning.train`` writes ``categories.npz``.

The only file here that needs scikit-learn. The same lists give the same model. It takes about a
minute; run it when the lists of merchants or words have changed, then `core.learning.evaluate`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.categories.scheme import category
from core.learning import samples
from core.learning.category_model import SHIPPED, LinearCategoryModel, Weights
from core.learning.features import BUCKETS, buckets
from core.learning.samples import Part, Sample
from core.payees.keywords import keywords
from core.payees.normalise import normalise

_ALPHA, _ROUNDS = 1e-5, 10
_STEPS = 127
# Weights this small, as a share of the label's largest, change no answer and fill the file.
_TOO_SMALL = 2
_CURVE_POINTS = 25
_MOST_SURE = 0.98
# A step without a mistake is not without doubt.
_LEAST_DOUBT = 0.02
# Matrices and models of the learning library carry no types.
Untyped = Any


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser(description="Train the model of categories.")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    options = parser.parse_args(arguments)
    weights = train(list(samples.lessons()))
    save(options.out, weights)
    sys.stdout.write(f"{len(weights.labels)} labels, {options.out.stat().st_size:,} bytes\n")


def train(lessons: Sequence[Sample]) -> Weights:
    """Fit the weights on lessons, and the confidence on merchants that taught nothing."""
    from sklearn.linear_model import SGDClassifier  # noqa: PLC0415

    keys = [normalise(lesson.text).key for lesson in lessons]
    said = ((key, one.category) for key, one in zip(keys, lessons, strict=True) if key)
    taught = list(dict.fromkeys(said))  # how often a bank prints a name alike tells nothing
    rarity = _rarity([key for key, _ in taught])
    names = samples.labels()
    place = {name: at for at, name in enumerate(names)}
    model = SGDClassifier(
        loss="log_loss",
        alpha=_ALPHA,
        max_iter=_ROUNDS,
        tol=None,
        average=True,
        random_state=samples.SEED % 1000,
    )
    model.fit(_matrix([key for key, _ in taught], rarity), [place[label] for _, label in taught])
    return calibrated(_whole_numbered(model, names, rarity))


def calibrated(plain: Weights) -> Weights:
    """Set the confidence by how often the model is right with merchants it never met.

    Brands tell how far letters go; how far words go, independent traders tell as well.
    """
    model = LinearCategoryModel(plain)
    tested = [_tested(model, plain.labels, one) for one in samples.texts(Part.CALIBRATE, each=2)]
    local = [_tested(model, plain.labels, one) for one in samples.traders()]
    tested += [one for one in local if one.told is not None and one.truth in plain.labels]
    raw = np.quantile([one.probability for one in tested], np.linspace(0.0, 1.0, _CURVE_POINTS))
    alone = [one for one in tested if one.told is None]
    agreed = [one for one in tested if one.told == one.label]
    at_odds = [one for one in tested if one.told is not None and one.told != one.label]
    alike = [one.told == one.truth for one in at_odds if one.has_same_heading]
    odds = [one.told == one.truth for one in at_odds if not one.has_same_heading]
    return replace(
        plain,
        raw=raw.astype(np.float32),
        chance=_curve(alone, raw),
        agreed=_curve(agreed, raw),
        beside=np.asarray([np.mean(alike), np.mean(odds)], dtype=np.float32),
    )


@dataclass(frozen=True, slots=True)
class _Tested:
    """What the model and the name's words said of one text, and the truth."""

    label: str
    probability: float
    told: str | None
    truth: str

    @property
    def has_same_heading(self) -> bool:
        return category(self.label).primary == category(self.told or "").primary


def _tested(model: LinearCategoryModel, labels: tuple[str, ...], sample: Sample) -> _Tested:
    clean = normalise(sample.text)
    found = model.probabilities(clean.key)
    told = keywords().find(clean.words, inflow=False)
    known = told.category if told and told.category in labels else None
    best = int(found.argmax())
    return _Tested(labels[best], float(found[best]), known, sample.category)


def _curve(tested: Sequence[_Tested], raw: Untyped) -> Untyped:
    """Return how often the model was right at each probability; never falling, never certain.

    Each step is lowered by its standard error: the few cases of the upper ones flatter them.
    """
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415

    right = np.asarray([one.label == one.truth for one in tested], dtype=float)
    curve = IsotonicRegression(out_of_bounds="clip", y_max=_MOST_SURE)
    steps = curve.fit_transform(np.asarray([one.probability for one in tested]), right)
    found = curve.predict(raw)
    cases = np.maximum(np.isclose(steps[:, None], found[None, :]).sum(axis=0), 1)
    lowered = found - np.sqrt(np.maximum(found * (1.0 - found), _LEAST_DOUBT) / cases)
    return np.clip(np.maximum.accumulate(lowered), 0.0, 1.0).astype(np.float32)


def save(path: Path, weights: Weights) -> None:
    """Write a model: numbers and names, nothing that runs when read."""
    with path.open("wb") as stream:
        np.savez_compressed(
            stream,
            labels=np.asarray(weights.labels),
            steps=weights.steps,
            rarity=weights.rarity.astype(np.float16),
            scale=weights.scale,
            offset=weights.offset,
            raw=weights.raw,
            chance=weights.chance,
            agreed=weights.agreed,
            beside=weights.beside,
        )


def _rarity(keys: Sequence[str]) -> Untyped:
    """Return for each feature how few names have it, as a logarithm."""
    held = np.bincount([place for key in keys for place in buckets(key)], minlength=BUCKETS)
    rarity = np.log((1 + len(keys)) / (1 + held)) + 1.0
    return rarity.astype(np.float16).astype(np.float32)  # as it is stored


def _matrix(keys: Sequence[str], rarity: Untyped) -> Untyped:
    from scipy import sparse  # noqa: PLC0415

    places: list[int] = []
    ends, values = [0], []
    for key in keys:
        own = buckets(key)
        places += own
        values.append(rarity[own] / np.sqrt((rarity[own] ** 2).sum()))
        ends.append(len(places))
    shape = (len(keys), BUCKETS)
    return sparse.csr_matrix((np.concatenate(values), places, ends), shape=shape, dtype=np.float32)


def _whole_numbered(model: Untyped, names: tuple[str, ...], rarity: Untyped) -> Weights:
    """Keep a weight as a step of its label's scale: a quarter of the size, the same answers."""
    weights = model.coef_.T.astype(np.float32)
    scale = np.abs(weights).max(axis=0) / _STEPS
    steps = np.round(weights / scale).astype(np.int8)
    steps[np.abs(steps) < _TOO_SMALL] = 0
    empty = np.zeros(1, dtype=np.float32)
    offset = model.intercept_.astype(np.float32)
    return Weights(
        names, np.ascontiguousarray(steps), rarity, scale, offset, empty, empty, empty, empty
    )


if __name__ == "__main__":
    main()
