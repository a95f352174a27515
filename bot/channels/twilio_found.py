"""Knowing a message in doubt again among those that Twilio lists for its address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.messaging.channel import Found, Receipt
from core.messaging.delivery import DeliveryState


@dataclass(frozen=True, slots=True)
class SentPart:
    """One message as Twilio lists it: its words and whether it carries a file.

    ``receipt`` is missing in one that is looked for.
    """

    body: str
    has_media: bool = False
    receipt: Receipt | None = None


def found_parts(
    listed: Sequence[SentPart], wanted: Sequence[SentPart], is_taken: Callable[[str], bool]
) -> Found | None:
    """Return the first of the ``wanted`` parts, in order, that are among the ``listed``.

    Each listed message is one part at most, and none whose id ``is_taken`` by another: of two
    messages with the same words both may have arrived, or one.
    """
    left = [one for one in listed if one.receipt and not _is_taken(one.receipt, is_taken)]
    receipts: list[Receipt] = []
    for part in wanted:
        match = next((one for one in left if _is_same(one, part)), None)
        if match is None or match.receipt is None:
            break
        left.remove(match)
        receipts.append(match.receipt)
    if not receipts:
        return None
    ids = tuple(sid for each in receipts for sid in each.provider_message_ids)
    is_whole = len(receipts) == len(wanted)
    status = receipts[-1].status if is_whole else DeliveryState.ACCEPTED
    return Found(Receipt(ids, status), is_whole)


def _is_taken(receipt: Receipt, is_taken: Callable[[str], bool]) -> bool:
    return any(map(is_taken, receipt.provider_message_ids))


def _is_same(listed: SentPart, part: SentPart) -> bool:
    return (listed.body, listed.has_media) == (part.body, part.has_media)
