"""The learned model, loaded only when a merchant comes that nobody knows."""

from __future__ import annotations

import threading

from core.payees.guess import CategoryModel


class SleepingModel:
    """Loads the model with the first name nobody knows: no message waits for it before."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._lock = threading.Lock()
        self._awake: CategoryModel | None = None

    def guess(self, key: str) -> tuple[str, int] | None:
        """Do as `LinearCategoryModel.guess` does."""
        return self._model().guess(key)

    def second(self, key: str, told: str) -> int | None:
        """Do as `LinearCategoryModel.second` does."""
        return self._model().second(key, told)

    def _model(self) -> CategoryModel:
        if self._awake is None:
            with self._lock:
                if self._awake is None:
                    from core.learning.category_model import load  # noqa: PLC0415 - numpy

                    self._awake = load()
        return self._awake
