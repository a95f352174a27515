"""Ten thousand alerts at once: into the outbox, out to a provider, and approvals meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from bot.bench.bare import commit_milliseconds
from bot.bench.figures import Figure, percentile
from bot.bench.people import add_people, link
from bot.bench.provider import Provider
from bot.bench.stage import Books, Stage, opened
from core.ids import UserId
from core.ledger.account import AccountKind
from core.messaging.address import Address, ChannelName
from core.messaging.inbound import InboundKind, InboundMessage
from core.money import Money
from core.subscriptions.cadence import Cadence
from core.subscriptions.subscription import Subscription, SubscriptionStatus
from workers.alerts import raise_alerts
from workers.inline import InlineRunner

_ALERTS = 10_000
_TALKER = Address(ChannelName.SMS, "+15559990000")
_PATIENCE_SECONDS = 30
# Somebody who talks leaves a moment between two messages, and stays below the limit of a chat.
_PAUSE_SECONDS = 0.65


def measure(stage: Stage) -> Iterator[Figure]:
    """Measure the storing first, then the sending by the workers as they are served."""
    number = stage.size(_ALERTS, 20)
    with Provider() as provider, opened(stage.with_provider(provider.url)) as books:
        add_people(books, number)
        base = commit_milliseconds(stage.folder, stage.size(200, 5)) * _ALERTS / 1000
        start = time.perf_counter()
        raised = raise_alerts(books.app.jobs)
        stored = (time.perf_counter() - start) * _ALERTS / number
        assert raised == number, "somebody was not told"
        yield Figure("10,000 alerts in the outbox", stored, "s", 60, baseline=base)
        bare = provider.bare_rate(stage.size(3, 1), books.app.jobs.limits.bulk_senders)
        rate, waits = _sent_beside_talk(books, provider, stage.size(20, 1))
        yield Figure("alerts sent", rate, "1/s", 100, at_least=True, baseline=bare)
        yield Figure(
            "approval asked for and there, p95",
            percentile(waits, 0.95),
            "s",
            2,
            baseline=base / _ALERTS,
        )


def _sent_beside_talk(
    books: Books, provider: Provider, seconds: float
) -> tuple[float, list[float]]:
    """Return the alerts sent a second, and how long each approval took meanwhile."""
    _subscribe(books)
    runner = InlineRunner(books.app.jobs, books.app.bells)
    waits: list[float] = []
    before, start = provider.taken(), time.monotonic()
    runner.start()
    try:
        while time.monotonic() - start < seconds:
            waits.append(_say(books, provider, "cancel netflix", len(waits)))
            with books.app.database.reading() as uow:
                (approval,) = uow.approvals.latest_for(UserId(books.user.id))
            time.sleep(_PAUSE_SECONDS)
            waits.append(_say(books, provider, f"DECLINE {approval.code}", len(waits)))
            time.sleep(_PAUSE_SECONDS)
        taken, gone = provider.taken() - before - len(waits), time.monotonic() - start
    finally:
        runner.stop()
    return taken / gone, waits


def _say(books: Books, provider: Provider, text: str, heard: int) -> float:
    """Say something and return the seconds until the answer has reached the provider."""
    message = InboundMessage(
        provider_event_id=books.app.ids.new("bench"),
        address=_TALKER,
        kind=InboundKind.TEXT,
        text=text,
    )
    start = time.monotonic()
    books.app.accept.accept(message)
    return provider.wait_for(_TALKER.path, heard + 1, _PATIENCE_SECONDS) - start


def _subscribe(books: Books) -> None:
    """Give the one user who talks a chat, and a subscription that can be cancelled."""
    user_id, today = UserId(books.user.id), books.today
    now = books.app.clock.now()
    with books.app.database.work() as uow:
        account = uow.accounts.open(
            user_id, name="Everyday", kind=AccountKind.CHECKING, currency="USD", now=now
        )
        netflix = Subscription(
            id=0,
            user_id=user_id,
            merchant_key="netflix",
            name="Netflix",
            account_id=account.id,
            amount=Money(15_99, "USD"),
            cadence=Cadence.MONTHLY,
            status=SubscriptionStatus.ACTIVE,
            first_date=today - timedelta(days=370),
            last_date=today - timedelta(days=5),
            next_date=today + timedelta(days=25),
        )
        uow.subscriptions.save(netflix, now=now)
        link(books, uow, user_id, _TALKER)
        uow.commit()
