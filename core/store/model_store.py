"""Versions of what one user's corrections taught: which serves, and the way back."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.errors import FinanceError
from core.ids import UserId
from core.store.tables.learning import category_models as models
from core.store.user_lock import UserLock
from core.store.vault import Vault

# Older ones keep their figures; their weights are let go.
_VERSIONS_WITH_WEIGHTS = 5


class ModelState(StrEnum):
    """What became of a version."""

    SERVING = "serving"
    PAST = "past"  # another one came after it
    REFUSED = "refused"  # it would have lost something
    LEFT = "left"  # an operator went back from it


MODEL_MOVES: Mapping[ModelState, frozenset[ModelState]] = {
    ModelState.SERVING: frozenset({ModelState.PAST, ModelState.LEFT}),
    ModelState.PAST: frozenset({ModelState.SERVING}),
    ModelState.REFUSED: frozenset(),
    ModelState.LEFT: frozenset(),
}


class NoModelToLeave(FinanceError):
    """No version serves this user, so there is nothing to go back from."""

    code = "model.none_serving"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version and how it did: counts of lessons, never their words."""

    id: int
    version: int
    state: ModelState
    taught_by: str
    figures: Mapping[str, int]
    made_at: datetime


class ModelStore:
    """Keeps a user's versions; one at most serves."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        """Work inside the caller's transaction."""
        self._connection = connection
        self._vault = vault
        self._lock = UserLock(connection)

    def versions(self, user_id: UserId) -> tuple[ModelVersion, ...]:
        """Return all versions, newest first."""
        query = select(models).where(models.c.user_id == user_id).order_by(models.c.id.desc())
        return tuple(_version(row) for row in self._connection.execute(query).mappings())

    def serving(self, user_id: UserId) -> int | None:
        """Return the id of the version that serves, if one does."""
        query = select(models.c.id).where(
            models.c.user_id == user_id, models.c.state == ModelState.SERVING.value
        )
        found: int | None = self._connection.execute(query).scalar()
        return found

    def weights(self, user_id: UserId, model_id: int) -> bytes:
        """Return a version's weights."""
        query = select(models.c.version, models.c.weights).where(
            models.c.id == model_id, models.c.user_id == user_id
        )
        version, sealed = self._connection.execute(query).one()
        place = ("category_models", "weights", str(version))
        return base64.b64decode(self._vault.open(user_id, place, bytes(sealed)))

    def keep(
        self,
        user_id: UserId,
        weights: bytes | None,
        *,
        taught_by: str,
        figures: Mapping[str, int],
        now: datetime,
    ) -> int:
        """Keep a new version and return its number; with weights it serves from now on."""
        self._lock.hold(user_id)
        newest = select(func.max(models.c.version)).where(models.c.user_id == user_id)
        version = int(self._connection.execute(newest).scalar() or 0) + 1
        if weights is not None:
            self._move(user_id, ModelState.SERVING, ModelState.PAST)
        place = ("category_models", "weights", str(version))
        sealed = weights and self._vault.close(user_id, place, base64.b64encode(weights).decode())
        self._connection.execute(
            insert(models).values(
                user_id=user_id,
                version=version,
                state=(ModelState.SERVING if sealed else ModelState.REFUSED).value,
                taught_by=taught_by,
                figures=json.dumps(dict(figures)),
                weights=sealed,
                made_at=now,
            )
        )
        self._let_go(user_id, version)
        return version

    def go_back(self, user_id: UserId) -> int:
        """Leave the version that serves for the one before it; return that one's number, or 0.

        0 is the shipped model alone. Raise `NoModelToLeave` when that serves already.
        """
        self._lock.hold(user_id)
        if self.serving(user_id) is None:
            raise NoModelToLeave
        self._move(user_id, ModelState.SERVING, ModelState.LEFT)
        earlier = select(models.c.id, models.c.version).where(
            models.c.user_id == user_id,
            models.c.state == ModelState.PAST.value,
            models.c.weights.is_not(None),
        )
        found = self._connection.execute(earlier.order_by(models.c.id.desc())).first()
        if found is None:
            return 0
        self._connection.execute(
            update(models).where(models.c.id == found[0]).values(state=ModelState.SERVING.value)
        )
        return int(found[1])

    def _move(self, user_id: UserId, old: ModelState, new: ModelState) -> None:
        self._connection.execute(
            update(models)
            .where(models.c.user_id == user_id, models.c.state == old.value)
            .values(state=new.value)
        )

    def _let_go(self, user_id: UserId, version: int) -> None:
        self._connection.execute(
            update(models)
            .where(
                models.c.user_id == user_id,
                models.c.version <= version - _VERSIONS_WITH_WEIGHTS,
                models.c.state != ModelState.SERVING.value,
            )
            .values(weights=None)
        )


def _version(row: Mapping[Any, Any]) -> ModelVersion:
    return ModelVersion(
        id=row["id"],
        version=row["version"],
        state=ModelState(row["state"]),
        taught_by=row["taught_by"],
        figures=json.loads(row["figures"]),
        made_at=row["made_at"],
    )
