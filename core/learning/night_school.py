"""Learning at night, as the jobs see it: what is to learn, the weights, whether they may serve.

What it needs of numpy is loaded with the first user who has something to teach.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING

from core.payees.decisions import Decisions

if TYPE_CHECKING:
    from core.learning.category_model import LinearCategoryModel


class NightSchool:
    """Teaches the shipped model one user's corrections."""

    def digest(self, decisions: Decisions) -> str:
        """Return what tells these lessons from others; nothing when there are too few."""
        from core.learning.personal import FEWEST_LESSONS, lessons  # noqa: PLC0415 - numpy

        taught = lessons(decisions)
        if len(taught) < FEWEST_LESSONS:
            return ""
        told = repr((_shipped().digest, [(one.key, one.category) for one in taught]))
        return hashlib.sha256(told.encode()).hexdigest()

    def learn(self, decisions: Decisions) -> bytes:
        """Return the weights that the lessons give; those held out do not teach."""
        from core.learning.personal import lessons, train  # noqa: PLC0415 - numpy

        taught = [one for one in lessons(decisions) if not one.is_held_out]
        return train(_shipped(), taught).to_bytes()

    def examine(
        self, decisions: Decisions, weights: bytes, present: bytes | None
    ) -> tuple[Mapping[str, int], bool]:
        """Return the figures of new weights beside the present ones, and whether they may serve."""
        from core.learning.personal import (  # noqa: PLC0415 - numpy
            PersonalModel,
            PersonalWeights,
            compare,
            lessons,
        )

        base = _shipped()
        new = PersonalModel(base, PersonalWeights.from_bytes(weights))
        old = base if present is None else PersonalModel(base, PersonalWeights.from_bytes(present))
        trial = compare(old, new, lessons(decisions))
        kept = sum(_still_decides(decisions))
        figures = {**asdict(trial), "cases": len(decisions.cases), "kept": kept}
        return figures, trial.is_better and kept == len(decisions.cases)


def _still_decides(decisions: Decisions) -> list[bool]:
    """Tell of each case whether it still decides payments of its kind."""
    told = []
    for case in decisions.cases:
        found = decisions.about((case.key,), case.text).decide(case.payment)
        told.append(found is not None and found.category == case.category)
    return told


@cache
def _shipped() -> LinearCategoryModel:
    from core.learning.category_model import load  # noqa: PLC0415 - numpy

    return load()
