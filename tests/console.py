"""What tests of the console share: signing in, the token of its forms, and the trail it leaves."""

from __future__ import annotations

import re

from core.handoff.ticket import TicketReason
from tests.fakes.web_server import PASSWORD


def sign_in(site, email, password=PASSWORD, place=""):
    """Sign in, each time from another place: one place has only so many tries a minute."""
    place = place or f"127.0.1.{len(site.opened) % 250 + 1}"
    client = site.client(place, Origin=site.address, Accept="text/html")
    answer = client.post("/admin/login", data={"email": email, "password": password})
    return client, answer


def csrf(client):
    found = re.search(r'name="csrf" value="([\w-]+)"', client.get("/admin").text)
    assert found is not None
    return found[1]


def trail(site, user_id):
    with site.app.database.reading() as uow:
        return [(event.actor, event.action, event.subject) for event in uow.audit.of(user_id)]


def owner_of(site, talk):
    with site.app.database.reading() as uow:
        return uow.conversations.get(talk).owner


def waiting_ticket(site, owner, talk):
    with site.app.database.work() as uow:
        now = site.app.clock.now()
        ticket, _ = uow.tickets.open(owner, talk, TicketReason.ASKED, now=now)
        uow.commit()
    return ticket.number
