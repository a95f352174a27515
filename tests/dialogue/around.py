"""What happens around a talk: a charge that changes, a row of the bank, a bank signed in at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core.ids import UserId
from core.ledger.entry import Source
from core.money import Money
from core.store.row_booking import Row
from tests.dialogue.script import Step
from tests.dialogue.stage import Stage
from workers.banks import finish_sign_in


def happen(stage: Stage, user_id: UserId, step: Step) -> None:
    """Let happen what the step says."""
    if step.charge:
        _charge(stage, user_id, step)
    elif step.row:
        _book_row(stage, user_id, step)
    else:
        _sign_in(stage, user_id)


def _charge(stage: Stage, user_id: UserId, step: Step) -> None:
    """Let a subscription's price be another one from now on."""
    with stage.app.database.work() as uow:
        found = uow.subscriptions.of(user_id)
        one = next(item for item in found if item.name == step.charge["subscription"])
        amount = Money.of(step.charge["amount"], one.amount.currency)
        changed = replace(one, amount=amount, previous_amount=one.amount)
        uow.subscriptions.save(changed, now=stage.clock.now())
        uow.commit()


def _book_row(stage: Stage, user_id: UserId, step: Step) -> None:
    row = step.row
    with stage.app.database.work() as uow:
        accounts = uow.accounts.of(user_id)
        account = next(item for item in accounts if item.name == row["account"])
        amount = Money.of(row["amount"], account.currency)
        booked = Row(date.fromisoformat(row["date"]), amount, row["description"])
        uow.rows.book(user_id, account.id, [booked], source=Source.IMPORT, now=stage.clock.now())
        uow.commit()


def _sign_in(stage: Stage, user_id: UserId) -> None:
    """Press the button of the page that connects a bank."""
    with stage.app.database.work() as uow:
        connection = uow.banks.open_offer(user_id, now=stage.clock.now())
        assert connection is not None, "no bank was offered"
        feed = stage.jobs.banks[connection.provider]
        offer = feed.offer(connection.id, back="", language="en")
        uow.banks.keep_token(connection.id, offer.token, offer.expires_at)
        uow.commit()
    with stage.app.database.reading() as uow:
        connection = uow.banks.get(user_id, connection.id)
    assert finish_sign_in(stage.jobs, connection)
