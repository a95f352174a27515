"""What tests of the console share: signing in, the token of its forms, and the trail it leaves."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

from bot.api.admin_session import SECOND
from core.clock import SystemClock
from core.handoff.ticket import TicketReason
from core.users.second_factor import code_at, step_of
from tests.fakes.web_server import PASSWORD

# What each operator of a test has left to sign in with.
_RECOVERY: dict[str, list[str]] = {}


class MovableClock:
    """The machine's clock, ahead by what a test says."""

    def __init__(self):
        self.ahead = timedelta()

    def now(self):
        return SystemClock().now() + self.ahead


def give_password(site, email, password=PASSWORD, place=""):
    """Give a password, each time from another place: one place has only so many tries a minute."""
    place = place or f"127.0.1.{len(site.opened) % 250 + 1}"
    client = site.client(place, Origin=site.address, Accept="text/html")
    answer = client.post("/admin/login", data={"email": email, "password": password})
    return client, answer


def sign_in(site, email, password=PASSWORD, place=""):
    """Give a password and, where it was right, a code; the first time sets the second step up."""
    client, answer = give_password(site, email, password, place)
    if answer.status_code == 303:
        page = client.get(SECOND).text
        if secret := re.search(r"<code>([A-Z2-7 ]+)</code>", page):
            given = code_at(
                base64.b32decode(secret[1].replace(" ", "")), step_of(site.app.clock.now())
            )
        else:
            given = _RECOVERY[email].pop()
        done = client.post(SECOND, data={"csrf": token_of(page), "code": given})
        assert done.status_code in {200, 303}
        if secret:
            _RECOVERY[email] = re.findall(r"<li><code>([^<]+)</code>", done.text)
    return client, answer


def token_of(page):
    found = re.search(r'name="csrf" value="([\w-]+)"', page)
    assert found is not None
    return found[1]


def csrf(client):
    return token_of(client.get("/admin").text)


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
