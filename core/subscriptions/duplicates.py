"""Two subscriptions where one would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Protocol

from core.subscriptions.services import is_platform, same_job, service_of


class Recurring(Protocol):
    """What has to be known of a subscription (or of a stream) to compare it with another."""

    @property
    def merchant_key(self) -> str:
        """The merchant as the payee rules see it."""
        ...

    @property
    def name(self) -> str:
        """The name that is shown."""
        ...

    @property
    def account_id(self) -> int:
        """The account that pays."""
        ...

    @property
    def live(self) -> bool:
        """Whether another charge is to be expected."""
        ...


class DuplicateKind(StrEnum):
    """Why two subscriptions look like one too many."""

    SAME_SERVICE = "same_service"  # two plans of one service, or one service on two accounts
    SAME_JOB = "same_job"  # two services that do the same: two music libraries


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A pair that may be one too many; ``family`` names what both do, when it is known."""

    kind: DuplicateKind
    family: str
    one: Recurring
    other: Recurring


def duplicates(subscriptions: Iterable[Recurring]) -> tuple[Duplicate, ...]:
    """Return the pairs of live subscriptions of which one is probably too many, by name.

    Two charges of a seller that bills for many things (an app store) are no duplicate.
    """
    live = [one for one in subscriptions if one.live]
    ordered = sorted(live, key=lambda one: (one.name, one.account_id, one.merchant_key))
    return tuple(_pairs(ordered))


def _pairs(ordered: list[Recurring]) -> Iterator[Duplicate]:
    for one, other in combinations(ordered, 2):
        mine = service_of(one.merchant_key, one.name)
        yours = service_of(other.merchant_key, other.name)
        if mine and yours:
            if mine.name == yours.name:
                yield Duplicate(DuplicateKind.SAME_SERVICE, mine.family, one, other)
            elif mine.family == yours.family and same_job(mine.family):
                yield Duplicate(DuplicateKind.SAME_JOB, mine.family, one, other)
        elif one.merchant_key == other.merchant_key and not is_platform(one.merchant_key, one.name):
            yield Duplicate(DuplicateKind.SAME_SERVICE, "", one, other)
