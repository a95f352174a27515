"""The page that confirms with a PIN: a look approves nothing, a wrong PIN neither, five lock it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from bot.api.passwords import HASHER
from bot.confirming import DEMO_PIN, PinUnfit, checked_pin
from core.approvals.approval import Approval, ApprovalState
from core.approvals.decision import Said, Word
from tests.fakes.web_server import Site, listening

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with listening(tmp_path_factory.mktemp("confirm")) as made:
        yield made


def proposed(site: Site) -> Approval:
    """A household of the test's own, which has said APPROVE to being forgotten."""
    window = site.window()
    window.ask("DEMO")
    window.ask("delete everything you know about me")
    # Not what is heard next: an alert about the new household may come in between.
    approval: Approval = soon(partial(_latest, site))
    window.ask(f"APPROVE {approval.code}")
    soon(lambda: state(site, approval) is ApprovalState.CONFIRMING)
    return approval


def _latest(site: Site) -> Approval | None:
    with site.app.database.reading() as uow:
        return next(iter(uow.approvals.latest_for(uow.users.all_ids()[-1])), None)


def soon(look: Callable[[], Any]) -> Any:
    """Look until there is something to see."""
    end = time.monotonic() + 15
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def state(site: Site, approval: Approval) -> ApprovalState:
    with site.app.database.reading() as uow:
        found = uow.approvals.get(approval.id)
    assert found is not None
    return found.state


def place(site: Site, approval: Approval) -> str:
    return site.app.links.sign_approval(approval.id, site.address)


class TestThePage:
    def test_shows_what_it_is_about_and_approves_nothing_by_a_look(self, site):
        approval = proposed(site)
        client = site.client()
        shown = client.get(place(site, approval))
        assert shown.status_code == 200
        assert "delete everything I know about you" in shown.text
        assert state(site, approval) is ApprovalState.CONFIRMING

    def test_confirms_with_the_right_pin_once(self, site):
        approval = proposed(site)
        client = site.client(Origin=site.address)
        answer = client.post(place(site, approval), data={"pin": DEMO_PIN})
        assert answer.status_code == 200
        assert state(site, approval) in (
            ApprovalState.APPROVED,
            ApprovalState.EXECUTING,
            ApprovalState.EXECUTED,
        )
        again = client.post(place(site, approval), data={"pin": DEMO_PIN})
        assert again.status_code != 200

    def test_refuses_a_wrong_pin_and_locks_after_five(self, site):
        approval = proposed(site)
        client = site.client(Origin=site.address)
        for _ in range(5):
            assert client.post(place(site, approval), data={"pin": "000001"}).status_code == 401
        locked = client.post(place(site, approval), data={"pin": DEMO_PIN})
        assert locked.status_code == 429
        assert state(site, approval) is ApprovalState.CONFIRMING

    def test_takes_a_users_own_pin_and_no_other(self, site):
        approval = proposed(site)
        with site.app.database.work() as uow:
            uow.users.set_pin(approval.user_id, HASHER.hash("918273"))
            uow.commit()
        client = site.client(Origin=site.address)
        assert client.post(place(site, approval), data={"pin": DEMO_PIN}).status_code == 401
        assert client.post(place(site, approval), data={"pin": "918273"}).status_code == 200

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_takes_no_form_from_elsewhere(self, site, origin):
        approval = proposed(site)
        client = site.client(Origin=origin)
        assert client.post(place(site, approval), data={"pin": DEMO_PIN}).status_code == 403
        assert state(site, approval) is ApprovalState.CONFIRMING

    def test_knows_no_forged_link_and_none_that_was_not_approved_first(self, site):
        client = site.client(Origin=site.address)
        assert client.get("/confirm/forged.token.x").status_code == 404
        window = site.window()
        window.ask("DEMO")
        window.ask("delete everything you know about me")
        with site.app.database.reading() as uow:
            (approval,) = uow.approvals.latest_for(uow.users.all_ids()[-1])
        answer = client.post(place(site, approval), data={"pin": DEMO_PIN})
        assert answer.status_code == 404
        assert state(site, approval) is ApprovalState.PENDING

    def test_is_over_when_it_was_declined_meanwhile(self, site):
        approval = proposed(site)
        said = Said(Word.DECLINE, approval.user_id, approval.conversation_id, approval.code)
        with site.app.database.work() as uow:
            uow.approvals.decide(said, now=site.app.clock.now())
            uow.commit()
        answer = site.client(Origin=site.address).post(
            place(site, approval), data={"pin": DEMO_PIN}
        )
        assert answer.status_code == 404
        assert state(site, approval) is ApprovalState.DECLINED


class TestAPin:
    @pytest.mark.parametrize("pin", ["", "12345", "111111", "12a456", "1" * 40])
    def test_is_some_digits_and_not_too_few(self, pin):
        with pytest.raises(PinUnfit):
            checked_pin(pin)
