"""The learned model, loaded only when a merchant comes that nobody knows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.payees.guess import CategoryModel

if TYPE_CHECKING:
    from core.learning.category_model import LinearCategoryModel

# Users whose own layer is kept at hand.
_MOST_AT_HAND = 64


class SleepingModel:
    """Loads the model with the first name nobody knows: no message waits for it before."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._lock = threading.Lock()
        self._awake: LinearCategoryModel | None = None
        self._personal: OrderedDict[str, CategoryModel] = OrderedDict()

    def guess(self, key: str) -> tuple[str, int] | None:
        """Do as `LinearCategoryModel.guess` does."""
        return self.awake().guess(key)

    def second(self, key: str, told: str) -> int | None:
        """Do as `LinearCategoryModel.second` does."""
        return self.awake().second(key, told)

    def personal(self, name: str, read: Callable[[], bytes]) -> CategoryModel:
        """Return the model as one user taught it; ``name`` is of that user and version alone."""
        with self._lock:
            found = self._personal.get(name)
            if found is not None:
                self._personal.move_to_end(name)
                return found
        made = _SleepingPersonal(self, read())
        with self._lock:
            self._personal[name] = made
            while len(self._personal) > _MOST_AT_HAND:
                self._personal.popitem(last=False)
        return made

    def awake(self) -> LinearCategoryModel:
        """Return the model itself, loaded by now."""
        if self._awake is None:
            with self._lock:
                if self._awake is None:
                    from core.learning.category_model import load  # noqa: PLC0415 - numpy

                    self._awake = load()
        return self._awake


class _SleepingPersonal:
    """One user's layer, laid over the model with the first name nobody knows."""

    def __init__(self, base: SleepingModel, weights: bytes) -> None:
        self._base, self._weights = base, weights
        self._awake: CategoryModel | None = None

    def guess(self, key: str) -> tuple[str, int] | None:
        return self._model().guess(key)

    def second(self, key: str, told: str) -> int | None:
        return self._model().second(key, told)

    def _model(self) -> CategoryModel:
        if self._awake is None:
            from core.learning.personal import (  # noqa: PLC0415 - numpy
                PersonalModel,
                PersonalWeights,
            )

            weights = PersonalWeights.from_bytes(self._weights)
            self._awake = PersonalModel(self._base.awake(), weights)
        return self._awake
