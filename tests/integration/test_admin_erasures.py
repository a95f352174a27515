"""Erasures in the console: who asked, when, how far, with what proof; each look is noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.erasure.erasure import COOL_OFF
from core.users.user import Role
from tests.console import sign_in, trail
from tests.fakes.web_server import Site, listening
from workers.erase import erase_due
from workers.inline import run_once
from workers.jobs import JOBS

pytestmark = pytest.mark.slow

ROLES = (Role.SUPPORT, Role.AUDITOR, Role.ADMIN)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("erasures")) as made:
        for role in ROLES:
            made.user(f"{role.value}@example.org", role)
        yield made


@pytest.fixture(scope="module")
def operators(site: Site):
    return {role: sign_in(site, f"{role.value}@example.org") for role in ROLES}


def asked(site: Site, email: str, ago: timedelta = timedelta(0)) -> str:
    """Let a user ask to be forgotten some time ago; return the id."""
    user = site.user(email, Role.USER)
    with site.app.database.work() as uow:
        uow.erasures.schedule(_key(email), user.id, now=site.app.clock.now() - ago)
        uow.commit()
    return str(user.id)


def _key(email: str) -> str:
    return f"appr_{email.partition('@')[0]}"


class TestErasures:
    def test_are_in_the_navigation(self, operators):
        client, _ = operators[Role.SUPPORT]
        assert 'href="/admin/erasures"' in client.get("/admin").text

    def test_show_who_asked_and_when_it_is_due(self, site, operators):
        user_id = asked(site, "leaver@example.org")
        with site.app.database.reading() as uow:
            erasure = uow.erasures.open_for(user_id)
        for role, (client, _) in operators.items():
            shown = client.get("/admin/erasures").text
            assert f"{erasure.due_at:%Y-%m-%d %H:%M:%S}" in shown
            assert "scheduled" in shown
            assert user_id[-6:] in shown
            assert "leaver@example.org" not in shown
            sees = role is not Role.SUPPORT
            assert (user_id in shown) is sees
            assert ("l…@e…" in shown) is sees

    def test_prove_with_the_hash_of_the_trail_that_it_was_done(self, site, operators):
        user_id = asked(site, "gone@example.org", COOL_OFF + timedelta(days=1))
        for _ in range(3):
            erase_due(site.app.jobs)
            run_once(site.app.jobs, [job for job in JOBS if job.name == "deliver_urgent"])
        with site.app.database.reading() as uow:
            (proof,) = [one for one in uow.audit.of(user_id) if one.action == "user.erased"]
            assert uow.erasures.find(_key("gone@example.org")).destroyed
        client, _ = operators[Role.ADMIN]
        shown = client.get("/admin/erasures").text
        assert proof.digest in shown
        assert "erased" in shown
        assert "g…@e…" not in shown

    def test_are_never_looked_at_unnoticed(self, site, operators):
        for role, (client, _) in operators.items():
            with site.app.database.reading() as uow:
                operator = uow.users.by_email(f"{role.value}@example.org").id
            looks = (f"admin:{operator}", "erasures.viewed", "erasures")
            before = trail(site, operator).count(looks)
            client.get("/admin/erasures")
            assert trail(site, operator).count(looks) == before + 1

    def test_cannot_be_changed_from_here(self, operators):
        client, _ = operators[Role.ADMIN]
        assert client.post("/admin/erasures", data={}).status_code == 405
