"""Connected banks in the console: those in trouble first, and nothing of what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.banks.connection import Connection, Trouble
from core.banks.feed import FeedLink
from core.users.user import Role
from tests.console import sign_in
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("banks")) as made:
        made.user("support@example.org", Role.SUPPORT)
        yield made


@pytest.fixture(scope="module")
def console(site: Site):
    return sign_in(site, "support@example.org")[0]


def connected(site: Site, email: str, trouble: Trouble) -> Connection:
    """Let a user connect a bank whose first reading ends in ``trouble``."""
    app, user = site.app, site.user(email, Role.USER)
    now = app.clock.now()
    with app.database.work() as uow:
        made = uow.banks.offer(
            user.id, provider="plaid", demo=False, conversation_id="", now=now, ids=app.ids
        )
        uow.banks.activate(made.id, FeedLink("item-1", "access-secret"), now=now)
        made = uow.banks.get(user.id, made.id)
        if trouble:
            uow.banks.fail(made, trouble, next_at=now + timedelta(hours=1))
        uow.commit()
    return made


def test_says_so_when_there_are_none(console):
    assert "Nothing here." in console.get("/admin/banks").text


def test_shows_those_in_trouble_first_and_no_secret(site, console):
    sick = connected(site, "sick@example.org", Trouble.SIGN_IN)
    well = connected(site, "well@example.org", Trouble.NONE)
    shown = console.get("/admin/banks").text
    assert shown.index(sick.user_id[-6:]) < shown.index(well.user_id[-6:])
    assert '<span class="state bad">sign_in</span>' in shown
    assert '<span class="state good">active</span>' in shown
    assert "access-secret" not in shown
    assert "sick@" not in shown


def test_is_in_the_navigation(console):
    assert 'href="/admin/banks"' in console.get("/admin").text
