"""Tickets in both databases: one waiting for each user, moved once, quiet meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.handoff.ticket import TICKET_MOVES, TicketNote, TicketReason, TicketState, TicketUnknown
from core.ids import SystemIds
from core.messaging.delivery import DeliveryState
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.store.unit_of_work import Database
from tests.ledgers import changing
from tests.people import NOW, Person, alice, bob

IDS = SystemIds()
ASKED = TicketReason.ASKED


@pytest.fixture
def person(database: Database) -> Person:
    return alice(database)


@pytest.mark.locking
class TestATicket:
    def test_is_opened_once_however_often_it_is_asked_for(self, database, person):
        talk = person.chat()
        with changing(database) as uow:
            first, is_new = uow.tickets.open(person.id, talk, ASKED, now=NOW)
            again, is_second = uow.tickets.open(person.id, talk, TicketReason.COMPLAINT, now=NOW)
        assert (is_new, is_second) == (True, False)
        assert again == first

    def test_becomes_grave_when_despair_is_told_later(self, database, person):
        talk = person.chat()
        with changing(database) as uow:
            uow.tickets.open(person.id, talk, ASKED, now=NOW)
            graver, _ = uow.tickets.open(person.id, talk, TicketReason.DISTRESS, now=NOW)
        assert graver.reason is TicketReason.DISTRESS
        assert graver.quiet_until == NOW + timedelta(days=7)

    def test_of_one_user_is_not_anothers(self, database, person):
        other, talk = bob(database), person.chat()
        with changing(database) as uow:
            ticket, _ = uow.tickets.open(person.id, talk, ASKED, now=NOW)
            assert uow.tickets.waiting(other.id) is None
            assert uow.tickets.quiet_until(other.id, now=NOW) is None
            with pytest.raises(TicketUnknown):
                uow.tickets.withdraw(other.id, ticket.number, now=NOW)

    def test_keeps_notes_sealed(self, database, person):
        talk = person.chat()
        with changing(database) as uow:
            ticket, _ = uow.tickets.open(person.id, talk, ASKED, now=NOW)
            uow.tickets.note(ticket, TicketNote("admin:x", "owes her landlord", NOW))
        with database.reading() as uow:
            assert [one.text for one in uow.tickets.notes(ticket)] == ["owes her landlord"]
            kept = uow.connection.exec_driver_sql("SELECT body FROM ticket_notes").scalar()
        assert kept
        assert b"landlord" not in bytes(kept)

    def test_hushes_what_waits_to_be_said_unasked_and_nothing_else(self, database, person):
        talk = person.chat()
        kinds = (MessageClass.ALERT, MessageClass.SUMMARY, MessageClass.SECURITY)
        with changing(database) as uow:
            said = {
                kind: uow.outbox.enqueue(
                    _message(uow.conversations.get(talk), kind), now=NOW, ids=IDS
                )
                for kind in kinds
            }
            uow.outbox.hush(person.id, now=NOW)
        with database.reading() as uow:
            found = {kind: uow.outbox.tracking.get(key) for kind, key in said.items() if key}
        states = {kind: item.delivery.state for kind, item in found.items() if item}
        assert states == {
            MessageClass.ALERT: DeliveryState.SUPPRESSED,
            MessageClass.SUMMARY: DeliveryState.SUPPRESSED,
            MessageClass.SECURITY: DeliveryState.READY,
        }

    @pytest.mark.slow
    @given(st.lists(st.sampled_from(["take", "close", "withdraw"]), max_size=6))
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_only_moves_as_the_table_allows(self, database, person, moves):
        talk = person.chat()
        with database.work() as uow:  # rolled back: each example starts afresh
            ticket, _ = uow.tickets.open(person.id, talk, ASKED, now=NOW)
            number, state = ticket.number, ticket.state
            for move in moves:
                wanted, done = _moved(uow.tickets, move, number, person)
                assert done == (wanted in TICKET_MOVES[state])
                state = wanted if done else state
                assert uow.tickets.get(number).state is state


class TestQuiet:
    def test_ends_by_itself_and_by_a_word(self, database, person):
        person.do("ask_human", chat=person.chat())
        with changing(database) as uow:
            assert uow.tickets.quiet_until(person.id, now=NOW) == NOW + timedelta(days=2)
            assert uow.tickets.quiet_until(person.id, now=NOW + timedelta(days=3)) is None
        person.do("resume_nudges")
        with database.reading() as uow:
            assert uow.tickets.quiet_until(person.id, now=NOW) is None

    def test_names_whom_the_operator_named_and_promises_no_time(self, person):
        answer = person.do("ask_human", chat=person.chat()).answer
        assert "ask_human.nobody_named" in answer.options


def _moved(tickets, move, number, person):
    match move:
        case "take":
            return TicketState.TAKEN, tickets.take(number, person.id)
        case "close":
            return TicketState.CLOSED, tickets.close(number, person.id, now=NOW)
    return TicketState.WITHDRAWN, tickets.withdraw(person.id, number, now=NOW)


def _message(talk, kind: MessageClass) -> Outgoing:
    return Outgoing(
        owner=talk.owner,
        conversation_id=talk.id,
        address=talk.address,
        message=OutboundMessage("hello", message_class=kind),
        dedupe_key=IDS.new("key"),
        due_at=NOW,
    )
