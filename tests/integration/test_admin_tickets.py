"""Tickets in the console: who waits is seen, what was said is not; closing tells the user, once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.handoff.ticket import TicketState
from core.users.user import Role
from tests.console import csrf, owner_of, sign_in, trail, waiting_ticket
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.slow

NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("tickets")) as made:
        for role in (Role.SUPPORT, Role.ADMIN):
            made.user(f"{role.value}@example.org", role)
        yield made


@pytest.fixture(scope="module")
def talk(site: Site) -> str:
    """The id of a conversation in which something was said that nobody else shall read."""
    window = site.window()
    window.ask("DEMO")
    window.ask("spent 4.25 at Nero")
    with site.app.database.reading() as uow:
        return uow.conversations.of(uow.users.all_ids()[-1])[0].id


@pytest.fixture(scope="module")
def operators(site: Site):
    roles = (Role.SUPPORT, Role.ADMIN)
    return {role: sign_in(site, f"{role.value}@example.org")[0] for role in roles}


class TestTickets:
    def test_show_who_waits_and_nothing_of_what_was_said(self, site, operators, talk):
        number = waiting_ticket(site, owner_of(site, talk), talk)
        client = operators[Role.SUPPORT]
        assert f"/admin/tickets/{number}" in client.get("/admin/tickets").text
        shown = client.get(f"/admin/tickets/{number}").text
        assert "Nero" not in shown
        assert "characters" in shown

    def test_are_closed_once_and_their_user_is_told(self, site, operators, talk):
        owner = owner_of(site, talk)
        number = waiting_ticket(site, owner, talk)
        client = operators[Role.SUPPORT]
        data = {"csrf": csrf(client), "text": "Your rent is booked twice, I took one out."}
        assert client.post(f"/admin/tickets/{number}/close", data=data).status_code == 303
        assert client.post(f"/admin/tickets/{number}/close", data=data).status_code == 409
        with site.app.database.reading() as uow:
            ticket = uow.tickets.get(number)
            queued = uow.outbox.tracking.of_conversation(talk)
            texts = [uow.outbox.tracking.get(one.id).message.text for one in queued]
        assert ticket.state is TicketState.CLOSED
        told = [text for text in texts if f"number {number} was closed" in text]
        assert len(told) == 1
        assert "I took one out" in told[0]

    def test_keep_notes_that_the_user_never_sees(self, site, operators, talk):
        owner = owner_of(site, talk)
        number = waiting_ticket(site, owner, talk)
        client = operators[Role.ADMIN]
        data = {"csrf": csrf(client), "text": f"calls back {NASTY}"}
        client.post(f"/admin/tickets/{number}/note", data=data)
        shown = client.get(f"/admin/tickets/{number}").text
        assert "calls back" in shown
        assert NASTY not in shown
        with site.app.database.reading() as uow:
            queued = uow.outbox.tracking.of_conversation(talk)
            texts = [uow.outbox.tracking.get(one.id).message.text for one in queued]
        assert not any("calls back" in text for text in texts)

    def test_are_named_in_the_trail(self, site, operators, talk):
        owner = owner_of(site, talk)
        number = waiting_ticket(site, owner, talk)
        client = operators[Role.ADMIN]
        client.post(f"/admin/tickets/{number}/take", data={"csrf": csrf(client)})
        assert "ticket.taken" in [
            action for _, action, subject in trail(site, owner) if subject == f"ticket:{number}"
        ]
