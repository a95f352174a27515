"""The world outside, played: carriers that lie, and a service that is hard to reach."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass

from core.connect.cancellation import CancellationUnavailable
from core.messaging.address import Address, ChannelName
from core.messaging.channel import (
    Ambiguous,
    ChannelLimits,
    Found,
    Reason,
    Receipt,
    Rejected,
    RetryLater,
)
from core.messaging.delivery import DeliveryState
from core.messaging.inbound import StatusUpdate
from core.messaging.outbound import OutboundMessage
from tests.simulator.interleaving import Interleaving

_LIMITS = ChannelLimits(
    text=4096, caption=1024, buttons=10, button_label=40, file_bytes=10_000_000, edits=False
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a carrier took."""

    key: str
    sid: str
    address: Address
    message: OutboundMessage


class Carrier:
    """A channel whose provider takes, refuses, drops and reports as the seed says.

    Nothing comes between a worker's last look and the moment at which the message is taken: that
    is one call. After that, anything may.
    """

    def __init__(self, name: ChannelName, between: Interleaving, *, is_well: bool = False) -> None:
        self.name = name
        self.limits = _LIMITS
        self.taken: list[Taken] = []
        self.reports: list[StatusUpdate] = []
        self.is_well = is_well
        self._between = between

    @property
    def _chance(self) -> random.Random:
        return self._between.chance

    def send(self, message: OutboundMessage, address: Address, *, key: str) -> Receipt:
        draw = 1.0 if self.is_well else self._chance.random()
        if draw < 0.08:
            raise RetryLater(Reason.RATE_LIMITED)
        if draw < 0.11:
            raise RetryLater(Reason.NOT_CONNECTED)
        if draw < 0.14:
            raise Rejected(Reason.REFUSED)
        sid = f"{self.name}-{len(self.taken) + 1}"
        self.taken.append(Taken(key, sid, address, message))
        self._will_report(sid, key, failed=0.14 <= draw < 0.17)
        self._between.pause()
        if draw < 0.25:
            raise Ambiguous(Reason.CONNECTION_LOST)
        if draw < 0.31:
            raise Ambiguous(Reason.SERVER_ERROR)
        if draw < 0.33:
            raise ValueError("an answer nobody has ever seen")
        return Receipt((sid,), DeliveryState.ACCEPTED)

    def report(self) -> StatusUpdate | None:
        """Return a report: late, out of order, and now and then a second time."""
        if not self.reports:
            return None
        place = self._chance.randrange(len(self.reports))
        again = self._chance.random() < 0.3
        return self.reports[place] if again else self.reports.pop(place)

    def keys(self) -> Counter[str]:
        return Counter(one.key for one in self.taken)

    def _will_report(self, sid: str, key: str, *, failed: bool) -> None:
        last = DeliveryState.FAILED if failed else DeliveryState.DELIVERED
        reason = Reason.UNREACHABLE if failed else None
        for status in (DeliveryState.ACCEPTED, last):
            known = key if self._chance.random() < 0.8 else None
            self.reports.append(StatusUpdate(sid, known, status, None, reason, self.name))


class AskedCarrier(Carrier):
    """A carrier that can be asked afterwards what it took."""

    def look_up(
        self, message: OutboundMessage, address: Address, *, is_taken: Callable[[str], bool]
    ) -> Found | None:
        self._between.pause()
        for one in reversed(self.taken):
            is_it = (one.address, one.message.text) == (address, message.text)
            if is_it and not is_taken(one.sid):
                return Found(Receipt((one.sid,), DeliveryState.ACCEPTED), is_whole=True)
        return None


class LossyReceipts(MutableMapping[str, Mapping[str, str]]):
    """The books of the service that cancels: kept outside, counted, and hard to reach at times."""

    def __init__(self, between: Interleaving) -> None:
        self.kept: dict[str, Mapping[str, str]] = {}
        self.effects: Counter[str] = Counter()
        self.is_well = False
        self._between = between

    def __getitem__(self, key: str) -> Mapping[str, str]:
        self._between.pause()
        if not self.is_well and self._between.chance.random() < 0.15:
            raise CancellationUnavailable(provider="demo")
        return self.kept[key]

    def __setitem__(self, key: str, receipt: Mapping[str, str]) -> None:
        self.kept[key] = receipt
        self.effects[key] += 1
        self._between.pause()

    def __delitem__(self, key: str) -> None:
        raise TypeError("a receipt is never removed")

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept)
