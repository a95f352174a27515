"""Bring what is stored about subscriptions in line with what the ledger shows now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.ids import AccountId, UserId
from core.subscriptions.detect import Phase, Stream
from core.subscriptions.subscription import Subscription, SubscriptionStatus, move


def reconciled(
    stored: Sequence[Subscription], streams: Iterable[Stream], *, user_id: UserId
) -> tuple[Subscription, ...]:
    """Return the subscriptions to write: new ones (``id`` 0) and those that changed.

    ``streams`` are the subscriptions among the detected streams. What the user decided stays:
    only a charge that came, or one that did not, changes a status. A stream that had ended
    before we first saw it is stored as ended, so that "all subscriptions" is the whole story.
    """
    free = list(stored)
    written = []
    for stream in streams:
        known = _counterpart(stream, free)
        if known is None:
            written.append(_new(stream, user_id))
            continue
        free.remove(known)
        updated = _updated(known, stream)
        if updated != known:
            written.append(updated)
    return tuple(written)


def _counterpart(stream: Stream, stored: Sequence[Subscription]) -> Subscription | None:
    """Find the record of a stream: the same start, or else the nearest price at the seller."""
    same = [
        one
        for one in stored
        if (one.account_id, one.merchant_key) == (stream.account_id, stream.merchant_key)
        and one.amount.currency == stream.amount.currency
    ]
    return min(
        same,
        key=lambda one: (
            one.first_date != stream.first_date,
            abs(one.amount.minor - stream.amount.minor),
            one.id,
        ),
        default=None,
    )


def _new(stream: Stream, user_id: UserId) -> Subscription:
    ended = stream.phase is Phase.ENDED
    return Subscription(
        id=0,
        user_id=user_id,
        merchant_key=stream.merchant_key,
        name=stream.name,
        account_id=AccountId(stream.account_id),
        amount=stream.amount,
        cadence=stream.cadence,
        status=SubscriptionStatus.ENDED if ended else SubscriptionStatus.DETECTED,
        first_date=stream.first_date,
        last_date=stream.last_date,
        next_date=stream.next_date,
        previous_amount=stream.change.before if stream.change else None,
        price_changed_on=stream.change.on if stream.change else None,
        trial=stream.trial,
        trial_ends=stream.next_date if stream.trial else None,
    )


def _updated(known: Subscription, stream: Stream) -> Subscription:
    seen = _new(stream, known.user_id)
    fresh = replace(
        seen, id=known.id, name=known.name, status=known.status, lead_days=known.lead_days
    )
    charged_again = stream.last_date > known.last_date
    return _with_status(fresh, stream, charged_again=charged_again)


def _with_status(record: Subscription, stream: Stream, *, charged_again: bool) -> Subscription:
    status = record.status
    if stream.phase is Phase.ENDED:
        return (
            record if status is SubscriptionStatus.ENDED else move(record, SubscriptionStatus.ENDED)
        )
    gone = status in {SubscriptionStatus.CANCELLED, SubscriptionStatus.ENDED}
    return move(record, SubscriptionStatus.ACTIVE) if gone and charged_again else record
