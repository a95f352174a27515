"""Housekeeping: what has run out ends and is said, the trail is sealed, the old is forgotten."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from core.approvals.approval import Approval, Proposal
from core.audit.event import Head
from core.facts import Answer, money, named
from core.facts_json import answer_to_json
from core.money import Money
from core.store.conversation_store import Conversation
from core.store.file_store import FileKind, StoredFile
from tests.fakes.world import World, open_world
from workers.deliver import deliver_urgent
from workers.housekeeping import (
    ANCHOR_KEY,
    compare_balances,
    expire_approvals,
    prune,
    seal_audit,
)


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


def later(world: World, **span: float) -> None:
    world.clock.advance(timedelta(**span))


class TestExpireApprovals:
    def proposed(self, world: World, chat: Conversation) -> Approval:
        shown = Answer(
            "approval.proposed",
            (named("name", "Netflix"), money("amount", Money(1599, "USD"))),
        )
        proposal = Proposal(
            chat.owner,  # type: ignore[arg-type]  # a user's chat
            chat.id,
            "cancel_subscription",
            2,
            {"subscription": 1},
            answer_to_json(shown),
        )
        with world.database.work() as uow:
            approval = uow.approvals.add(proposal, now=world.now, ids=world.ids)
            uow.commit()
        return approval

    def test_says_so_where_it_was_asked_and_only_once(self, world: World) -> None:
        channel = world.channel()
        approval = self.proposed(world, world.chat(world.user().id))
        assert expire_approvals(world.context) == 0
        later(world, hours=24)
        assert expire_approvals(world.context) == 1
        assert expire_approvals(world.context) == 0
        deliver_urgent(world.context)
        (text,) = channel.texts()
        assert approval.code in text
        assert "expired" in text
        assert "Netflix" in text

    def test_leaves_a_trace_in_the_audit_trail(self, world: World) -> None:
        user = world.user()
        approval = self.proposed(world, world.chat(user.id))
        later(world, hours=24)
        expire_approvals(world.context)
        with world.database.reading() as uow:
            (event,) = uow.audit.of(user.id)
        assert (event.action, event.subject) == ("cancel_subscription.expired", approval.id)


class TestSealAudit:
    def append(self, world: World) -> None:
        with world.database.work() as uow:
            uow.audit.append("user_1", actor="user", action="a", subject="s", now=world.now)
            uow.commit()

    def test_keeps_the_head_outside_the_database_once_a_day(self, world: World) -> None:
        self.append(world)
        assert seal_audit(world.context) == 1
        kept = json.loads(world.objects.get(ANCHOR_KEY))
        self.append(world)
        seal_audit(world.context)
        assert json.loads(world.objects.get(ANCHOR_KEY)) == kept
        later(world, days=1)
        self.append(world)
        seal_audit(world.context)
        anchor = json.loads(world.objects.get(ANCHOR_KEY))
        assert anchor["last_seq"] == 3
        with world.database.reading() as uow:
            assert uow.audit.verify(Head(anchor["last_seq"], anchor["seal"])).is_intact


class TestPrune:
    def test_forgets_old_messages_and_files_and_keeps_young_ones(self, world: World) -> None:
        world.channel()
        user = world.user()
        chat = world.chat(user.id)
        old = world.queue(chat, "old")
        deliver_urgent(world.context)
        world.objects.put("reports/old.pdf", b"x")
        self.keep_file(world, user.id, "reports/old.pdf")
        later(world, days=91)
        young = world.queue(chat, "young")
        self.keep_file(world, user.id, "reports/young.pdf")
        assert prune(world.context) == 2
        with world.database.reading() as uow:
            assert uow.outbox.tracking.get(old) is None
            assert uow.outbox.tracking.get(young) is not None
            assert [file.key for file in uow.files.of(user.id)] == ["reports/young.pdf"]
        assert world.objects.kept == {}

    def keep_file(self, world: World, user_id: str, key: str) -> None:
        file = StoredFile(
            key,
            user_id,  # type: ignore[arg-type]  # of a user
            FileKind.REPORT,
            "spending.pdf",
            "application/pdf",
            1,
            world.now,
        )
        with world.database.work() as uow:
            assert uow.files.add(file)
            assert not uow.files.add(file)
            uow.commit()


class TestCompareBalances:
    def test_reports_a_balance_that_differs_and_mends_nothing(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        user = world.user()
        account = world.account(user)
        world.book(user, account, "10", date(2026, 11, 18))
        assert compare_balances(world.context) == 0
        later(world, days=1)
        with world.database.work() as uow:
            spoil = f"UPDATE account_balances SET posted_minor = 1 WHERE account_id = {account}"
            uow.connection.exec_driver_sql(spoil)
            uow.commit()
        with caplog.at_level(logging.ERROR):
            assert compare_balances(world.context) == 1
        assert "balances_differ" in caplog.text
        with world.database.reading() as uow:
            assert uow.accounts.mismatches(user.id) == (account,)

    def test_happens_once_a_day(self, world: World) -> None:
        user = world.user()
        account = world.account(user)
        assert compare_balances(world.context) == 0
        with world.database.work() as uow:
            spoil = f"UPDATE account_balances SET posted_minor = 1 WHERE account_id = {account}"
            uow.connection.exec_driver_sql(spoil)
            uow.commit()
        assert compare_balances(world.context) == 0
        later(world, days=1)
        assert compare_balances(world.context) == 1
