"""kill -9 at every step of a message: nothing is lost, nothing is doubled, nothing contradicts.

Each test lets a real process die at a named place (`core.failpoints.Point`), lets the provider
send the same message again, as providers do, and lets a fresh process clear up once every lease
has ended.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.failpoints import Point
from core.ledger.entry import EntryState, Flow
from core.ledger.search import EntryQuery
from core.money import Money
from core.subscriptions.subscription import SubscriptionStatus
from tests.e2e.killing import KILLED, Stage, at_each, dying, open_stage
from tests.e2e.one_process import clear_up, go_on, live, run, say, start, wait_until_stopped
from tests.fakes.world import MASTER, open_world
from tests.ledgers import changing, look
from tests.people import NOW

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

TURN = [point for point in Point if point.startswith("T")]
EXECUTION = [point for point in Point if point.startswith("executor")]
ERASURE = [point for point in Point if point.startswith("eraser")]
DECISION = [Point.T3_PLANNED, Point.T4_UNWRITTEN, Point.T4_WRITTEN]
BOTH = pytest.mark.parametrize("stage", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from open_stage(request, tmp_path)


class TestAProcessKilledWhileItTakesAMessage:
    @at_each(TURN)
    def test_books_once_and_answers_once(self, stage, point):
        assert stage.process(dying(stage.life, point), "e1", "coffee 4") == KILLED
        stage.clear_up("e1", "coffee 4")
        stage.check()
        (coffee,) = stage.person.entries()
        assert (coffee.amount, coffee.state) == (Money(-400, "USD"), EntryState.POSTED)
        assert coffee.flow is Flow.SPEND
        assert stage.rows("SELECT COUNT(*) FROM tool_calls") == [(1,)]
        assert stage.rows("SELECT COUNT(*) FROM audit_events WHERE action = 'tool.add_entry'") == [
            (1,)
        ]
        ((state,),) = stage.rows("SELECT state FROM outbox")
        # A reply is sent at most once: whoever died while sending may have sent it or not.
        in_doubt = point in (Point.T6_SENDING, Point.T7_SENT)
        assert state == ("unknown" if in_doubt else "delivered")
        assert len(stage.bubbles()) == (0 if point is Point.T6_SENDING else 1)

    @pytest.mark.parametrize("point", [Point.T4_WRITTEN, Point.T5_ANSWERED])
    def test_goes_on_with_the_next_message_in_order(self, stage, point):
        assert stage.process(dying(stage.life, point), "e1", "coffee 4") == KILLED
        assert stage.process(stage.life, "e2", "lunch 12") == 0
        assert stage.process(stage.life.later(), "e3", "undo") == 0
        stage.check()
        (left,) = stage.person.entries()
        assert left.amount == Money(-400, "USD")
        assert [said.split()[0] for said in stage.bubbles()] == ["Added", "Added", "Undone:"]

    def test_is_given_up_and_said_so_after_it_died_too_often(self, stage):
        life = stage.life
        for _ in range(5):
            assert stage.process(dying(life, Point.T2_CLAIMED), "e1", "coffee 4") == KILLED
            life = life.later()
        assert stage.process(life, "e1", "coffee 4") == 0
        assert stage.process(life, "e2", "lunch 12") == 0
        assert stage.rows("SELECT state FROM inbox ORDER BY received_at") == [
            ("failed",),
            ("handled",),
        ]
        assert len(stage.bubbles()) == 2
        (lunch,) = stage.person.entries()
        assert lunch.amount == Money(-1200, "USD")

    def test_is_tried_again_later_and_later_lest_a_storm_of_restarts_end_it(self, stage):
        seconds = (0, 7, 14)
        for passed in seconds:
            life = replace(stage.life, at=NOW + timedelta(seconds=passed))
            assert stage.process(dying(life, Point.T2_CLAIMED), "e1", "coffee 4") == KILLED
        for passed, state in ((seconds[-1] + 7, "received"), (seconds[-1] + 13, "handled")):
            life = replace(stage.life, at=NOW + timedelta(seconds=passed))
            assert stage.process(life, "e1", "coffee 4") == 0
            assert stage.rows("SELECT state FROM inbox") == [(state,)]


class TestAProcessKilledWhileItCancels:
    @at_each(DECISION + EXECUTION)
    def test_asks_the_provider_once_and_says_so_once(self, stage, point):
        assert stage.process(stage.life, "e1", "cancel netflix") == 0
        words = f"APPROVE {stage.code()}"
        assert stage.process(dying(stage.life, point), "e2", words) == KILLED
        stage.clear_up("e2", words)
        stage.check()
        assert stage.rows("SELECT state FROM approvals") == [("executed",)]
        assert stage.rows("SELECT COUNT(*) FROM provider_requests") == [(1,)]
        with stage.person.database.reading() as uow:
            (netflix,) = uow.subscriptions.of(stage.person.id)
        assert netflix.status is SubscriptionStatus.CANCEL_REQUESTED
        told = stage.rows("SELECT message_class, state FROM outbox ORDER BY created_at, id")
        assert sorted(told) == [("approval", "delivered")] * 2 + [("reply", "delivered")]
        assert len(stage.bubbles()) == 3
        events = stage.rows("SELECT action FROM audit_events ORDER BY seq")
        assert events == [
            ("tool.cancel_subscription",),
            ("approval.approved",),
            ("cancel_subscription.executed",),
        ]


class TestAProcessKilledWhileItErases:
    @at_each(ERASURE)
    def test_leaves_the_user_whole_or_gone_and_in_the_end_gone(self, stage, point):
        who = stage.person.id
        assert stage.process(stage.life, "e1", "coffee 4") == 0
        with changing(stage.person.database) as uow:
            uow.erasures.schedule("appr_1", who, now=NOW - timedelta(days=3))
        assert run(live, dying(stage.life, point), []) == KILLED
        keys = stage.rows(f"SELECT COUNT(*) FROM user_keys WHERE owner = '{who}'")
        turns = stage.rows(f"SELECT COUNT(*) FROM turns WHERE owner = '{who}'")
        assert (keys, turns) == (
            ([(1,)], [(1,)]) if point is Point.ERASER_UNWRITTEN else ([(0,)], [(0,)])
        )
        assert run(clear_up, stage.life, []) == 0
        assert stage.rows(f"SELECT COUNT(*) FROM user_keys WHERE owner = '{who}'") == [(0,)]
        assert stage.rows("SELECT state FROM erasures") == [("erased",)]
        said = "SELECT COUNT(*) FROM audit_events WHERE action = 'user.erased'"
        assert stage.rows(said) == [(1,)]


class TestAProcessThatStoodStill:
    """Stopped, not dead: its lease has ended, somebody else went on, and now it wakes up."""

    @at_each([Point.T2_CLAIMED, Point.T3_PLANNED, Point.T4_WRITTEN])
    def test_writes_nothing_any_more(self, stage, point):
        life = dying(stage.life, point, "stop")
        sleeper = start(live, life, [say("e1", "coffee 4", stage.address)])
        wait_until_stopped(sleeper)
        assert stage.process(stage.life.later(), "e1", "coffee 4") == 0
        before = look(stage.person), stage.bubbles()
        assert go_on(sleeper) == 0
        stage.check()
        assert (look(stage.person), stage.bubbles()) == before
        assert len(stage.person.entries()) == 1
        assert len(stage.bubbles()) == 1

    @BOTH
    def test_cannot_book_even_if_nobody_else_has_booked_yet(self, stage):
        sleeper = start(
            live,
            dying(stage.life, Point.T3_PLANNED, "stop"),
            [say("e1", "coffee 4", stage.address)],
        )
        wait_until_stopped(sleeper)
        taker = dying(stage.life.later(), Point.T2_CLAIMED)
        assert stage.process(taker, "e1", "coffee 4") == KILLED
        assert go_on(sleeper) == 0
        assert stage.person.entries() == ()
        assert stage.process(stage.life.later().later(), "e1", "coffee 4") == 0
        stage.check()
        assert len(stage.person.entries()) == 1
        assert len(stage.bubbles()) == 1

    def test_does_not_settle_what_another_executor_settled(self, stage):
        assert stage.process(stage.life, "e1", "cancel netflix") == 0
        words = f"APPROVE {stage.code()}"
        sleeper = start(
            live,
            dying(stage.life, Point.EXECUTOR_PERFORMED, "stop"),
            [say("e2", words, stage.address)],
        )
        wait_until_stopped(sleeper)
        assert stage.process(stage.life.later(), "e2", words) == 0
        before = stage.rows("SELECT * FROM approvals")
        assert go_on(sleeper) == 0
        stage.check()
        assert stage.rows("SELECT * FROM approvals") == before
        assert stage.rows("SELECT COUNT(*) FROM provider_requests") == [(1,)]
        assert len(stage.bubbles()) == 3


class TestTheCommandLine:
    def test_dies_where_the_environment_says_and_does_it_once_in_the_end(self, tmp_path):
        add = ["--key", "k1", "add_entry", "--amount", "4", "--payee", "coffee"]
        who = ["tool", "--user", "alice@example.org"]
        user = ["user", "add", "alice@example.org", "--currency", "USD"]
        assert _command(tmp_path, *user).returncode == 0
        assert _command(tmp_path, *who, *add, failpoint="T4.written").returncode == KILLED
        again = _command(tmp_path, *who, *add)
        assert again.returncode == 0
        assert '"add_entry.added"' in again.stdout
        database = open_world(f"sqlite:///{tmp_path / 'books.db'}").database
        with database.reading() as uow:
            (user_id,) = uow.users.all_ids()
            assert uow.entries.count(user_id, EntryQuery()) == 1
        database.close()


def _command(folder: Path, *words: str, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "FM_DATABASE__URL": f"sqlite:///{folder / 'books.db'}",
        "FM_SECURITY__MASTER_KEY": MASTER,
        "FM_FILES__FOLDER": str(folder / "files"),
        "FM_LOGS__LEVEL": "CRITICAL",
        "FM_TESTING__FAILPOINT": failpoint,
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
