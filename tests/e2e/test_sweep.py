"""The sweep finds nothing in a database that was only used, and every kind of harm done to one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.store.cipher import MasterKey
from core.store.sweep.rule import Asked, Breach, Invariant
from core.store.sweep.sweep import PATIENCE, RULES, sweep
from core.store.unit_of_work import Database
from tests.e2e.killing import Stage, open_stage
from tests.e2e.one_process import LATER, live, say
from tests.e2e.test_kills_of_money import approved
from tests.fakes.world import MASTER
from tests.ledgers import changing
from tests.people import NOW, bob

pytestmark = pytest.mark.slow

_CARD = "4111 1111 1111 1111"
_OUT = "(SELECT id FROM outbox WHERE message_class = 'reply' ORDER BY created_at LIMIT 1)"
_TRY = "INSERT INTO delivery_attempts (outbox_id, number, started_at, outcome) VALUES"
_ENTRY = "(SELECT MAX(id) FROM journal_entries)"
_THEN = "2026-11-18 15:00:00.000000"

# What is done to a used database, by the rule that has to notice.
HARM: Mapping[str, str] = {
    "message_waits_for_ever": "UPDATE inbox SET state = 'received' WHERE rowid = 1",
    "message_answered_by_nobody": "DELETE FROM turns WHERE rowid = 1",
    "turn_closed_before_its_message": "UPDATE inbox SET state = 'received'",
    "sent_again_in_doubt": f"{_TRY} ({_OUT}, 2, '{_THEN}', 'accepted')",
    "taken_and_sent_again": f"{_TRY} ({_OUT}, 2, '{_THEN}', 'failed')",
    "sent_by_nobody": "DELETE FROM delivery_attempts; DELETE FROM delivery_statuses",
    "dead_letter_without_reason": "UPDATE outbox SET state = 'failed', reason = NULL",
    "two_turns_at_once": "UPDATE turns SET finished_at = '2026-11-19 15:00:00.000000' "
    "WHERE started_at = (SELECT MIN(started_at) FROM turns)",
    "answers_out_of_order": "UPDATE delivery_attempts SET started_at = '2026-11-18 23:00:00.000000'"
    f" WHERE outbox_id = {_OUT}",
    "left_sending": f"UPDATE outbox SET state = 'sending', lease_until = '{_THEN}'",
    "left_ready": "UPDATE outbox SET state = 'ready'",
    "left_in_doubt": "UPDATE outbox SET state = 'unknown'",
    "chat_held_by_nobody": f"UPDATE conversations SET lease_until = '{_THEN}'; "
    "UPDATE inbox SET state = 'received'",
    "sent_too_often": "UPDATE outbox SET attempts = 99",
    "taken_over_too_often": "UPDATE inbox SET attempts = 16",
    "two_changes_of_one_call": "INSERT INTO changes SELECT id || 'b', user_id, call_key, tool, "
    "state, inverse, answer, created_at, undone_at FROM changes LIMIT 1",
    "change_of_no_call": "UPDATE tool_calls SET change_id = NULL",
    "done_twice": "INSERT INTO audit_events (user_id, actor, action, subject, digest, created_at) "
    "SELECT user_id, actor, action, subject, digest, created_at FROM audit_events "
    "WHERE action LIKE 'tool.%' LIMIT 1",
    "hold_taken_wrong": "UPDATE holds SET captured_minor = captured_minor + 1",
    "done_without_a_word": "UPDATE approvals SET decided_at = NULL",
    "approved_too_late": "UPDATE approvals SET decided_at = '2027-01-01 00:00:00.000000'",
    "asked_for_without_approval": "UPDATE provider_requests SET key = key || 'x'",
    "paid_without_approval": "UPDATE payments SET key = 'x'",
    "not_what_was_approved": "UPDATE approvals SET tier = tier, expires_at = "
    "'2026-12-24 00:00:00.000000'",
    "told_and_not_done": "UPDATE approvals SET state = 'failed'",
    "done_outside_the_trail": "DELETE FROM audit_events WHERE action LIKE '%.executed'",
    "changed_outside_the_trail": "DELETE FROM audit_events WHERE action LIKE 'tool.add_entry'",
    "trail_broken": "UPDATE audit_events SET actor = 'nobody' WHERE seq = 1",
    "trail_not_sealed": "DELETE FROM audit_seals",
    "approved_and_left": "UPDATE approvals SET state = 'approved'",
    "guessed_too_often": "UPDATE approvals SET state = 'pending', tries = 5",
    "entry_not_zero": "UPDATE postings SET minor = minor + 1 "
    f"WHERE leg = 0 AND entry_id = {_ENTRY}",
    "postings_not_zero": f"DELETE FROM postings WHERE entry_id = {_ENTRY} AND leg = 0",
    "leg_not_amount": f"UPDATE journal_entries SET minor = minor - 1 WHERE id = {_ENTRY}",
    "posting_elsewhere": "UPDATE accounts SET user_id = (SELECT MAX(id) FROM users) "
    f"WHERE id = (SELECT account_id FROM journal_entries WHERE id = {_ENTRY})",
    "entry_without_posting": f"DELETE FROM postings WHERE entry_id = {_ENTRY}",
    "parts_not_whole": "UPDATE allocations SET minor = minor + 1",
    "part_not_of_entry": "UPDATE allocations SET booked_date = '2020-01-01'",
    "nominal_twice": "DROP INDEX uq_accounts_nominal; INSERT INTO accounts (user_id, name, kind, "
    "ledger_class, currency, institution, last4, active, created_at) SELECT user_id, name, kind, "
    "ledger_class, currency, institution, last4, active, created_at FROM accounts "
    "WHERE ledger_class = 'nominal' LIMIT 1",
    "transferred_twice": "INSERT INTO transfers SELECT b.id, a.id, a.user_id, 'user', a.created_at "
    "FROM journal_entries a, journal_entries b WHERE a.id < b.id LIMIT 1; "
    "INSERT INTO transfers SELECT in_entry_id, out_entry_id, user_id, 'user', created_at "
    "FROM transfers LIMIT 1",
    "balance_differs": "UPDATE account_balances SET posted_minor = posted_minor + 1",
    "call_in_anothers_turn": "UPDATE tool_calls SET user_id = 'user_other'",
    "chat_of_two": "INSERT INTO channel_bindings SELECT id || 'b', (SELECT MAX(id) FROM users), "
    "channel, address, address_index, state, linked_at, last_inbound_at FROM channel_bindings "
    "LIMIT 1",
    "on_anothers_account": "UPDATE subscriptions SET user_id = (SELECT MAX(id) FROM users)",
    "not_sealed": "UPDATE messages SET body = CAST('coffee' AS BLOB)",
    "reminder_never_came": "INSERT INTO reminders (id, user_id, what, day, due_at, every, anchor, "
    "state, created_at) SELECT 'reminder_x', id, CAST('x' AS BLOB), '2026-11-18', "
    f"'{_THEN}', 'once', 0, 'active', '{_THEN}' FROM users LIMIT 1",
    "pause_without_end": "INSERT INTO alert_wishes (user_id, scope, way, until, created_at) "
    f"SELECT id, 'all', 'off', '{_THEN}', '{_THEN}' FROM users LIMIT 1",
    "told_and_held": "INSERT INTO alerts (id, user_id, kind, dedupe_key, subject, facts, state, "
    f"told_at, created_at) SELECT 'alert_x', id, 'refund', 'k', 's', CAST('x' AS BLOB), 'held', "
    f"'{_THEN}', '{_THEN}' FROM users LIMIT 1",
    "card_in_the_clear": f"UPDATE journal_entries SET description = 'paid with {_CARD}'",
}


@pytest.fixture(scope="module")
def used(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which somebody booked, cancelled, paid, was told and is not alone."""
    folder = tmp_path_factory.mktemp("used")
    for stage in open_stage(request, folder):
        _use(stage)
    return folder / "books.db"


def _use(stage: Stage) -> None:
    bob(stage.person.database)
    approved(stage, "PT00DEMO00000938")
    words = ["coffee 4", "lunch 12", "cancel netflix"]
    for number, text in enumerate(words):
        life = replace(stage.life, at=NOW + timedelta(minutes=number))
        live(life, [say(f"e{number}", text, stage.address)])
    life = replace(stage.life, at=NOW + timedelta(minutes=5))
    live(life, [say("e9", f"APPROVE {stage.code()}", stage.address)])
    with changing(stage.person.database) as uow:
        uow.audit.seal_pending(now=life.at)


def _swept(path: Path) -> tuple[Breach, ...]:
    database = Database.open(f"sqlite:///{path}", MasterKey(MASTER))
    try:
        with database.reading() as uow:
            return sweep(Asked(uow.connection, uow.vault, NOW + LATER * 3, PATIENCE))
    finally:
        database.close()


def _harmed(used: Path, folder: Path, harm: str) -> Path:
    """Do what only somebody with the file in his hands can do."""
    path = folder / "harmed.db"
    shutil.copy(used, path)
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f"DROP TRIGGER {name}")
    connection.executescript(harm)
    assert connection.total_changes
    connection.commit()
    connection.close()
    return path


class TestSweep:
    def test_finds_nothing_in_a_database_that_was_only_used(self, used: Path) -> None:
        assert _swept(used) == ()

    @pytest.mark.parametrize("rule", [rule.name for rule in RULES if rule.name in HARM])
    def test_notices_harm(self, used: Path, tmp_path: Path, rule: str) -> None:
        assert rule in {one.rule for one in _swept(_harmed(used, tmp_path, HARM[rule]))}

    def test_has_a_rule_for_each_invariant_and_harm_for_each_rule(self) -> None:
        assert {rule.invariant for rule in RULES} == set(Invariant)
        assert {rule.name for rule in RULES} == HARM.keys() | {"figure_of_no_fact"}


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from open_stage(request, tmp_path)


class TestOnBothDatabases:
    def test_finds_nothing_and_then_what_was_left(self, stage: Stage) -> None:
        _use(stage)
        with stage.person.database.reading() as uow:
            asked = Asked(uow.connection, uow.vault, NOW + LATER * 3, PATIENCE)
            assert sweep(asked) == ()
            assert sweep(replace(asked, now=NOW + timedelta(days=2)), [Invariant.I9]) == ()
        with changing(stage.person.database) as uow:
            uow.outbox.hold_all(now=NOW)
            uow.connection.exec_driver_sql("UPDATE outbox SET state = 'ready'")
        with stage.person.database.reading() as uow:
            found = sweep(replace(asked, connection=uow.connection, vault=uow.vault))
        assert {one.rule for one in found} >= {"left_ready"}
