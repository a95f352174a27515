"""Adding an e-mail address: after the approval a code goes there, and only the code binds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.approvals.approval import Approval, ApprovalState
from core.approvals.telling import CONFIRMED, facts_of
from core.facts import Answer, Fact, named
from core.ids import Ids
from core.messaging.address import Address, ChannelName
from core.messaging.outbound import MessageClass, OutboundMessage
from core.messaging.outbox import Outgoing
from core.store.unit_of_work import UnitOfWork
from core.users.linking import BindingState
from core.users.mail import ACTION, mail_address, masked_address
from core.users.user import User
from prompts.phrasebook import Phrasebook
from workers.actions import Performed, Ready, Stale


@dataclass(frozen=True, slots=True)
class AddEmail:
    """Sends the code that proves an address, and tells the user's chats; implements `Action`."""

    ids: Ids
    words: Callable[[str], Phrasebook]

    @property
    def name(self) -> str:
        """What proposals call it."""
        return ACTION

    @property
    def is_idempotent(self) -> bool:
        """A key is one code and one letter."""
        return True

    def prepare(self, uow: UnitOfWork, approval: Approval, *, now: datetime) -> Ready | Stale:
        """Nothing can have changed: the address is the user's own words."""
        del uow, now
        return Ready(_address_of(approval), approval.payload)

    def perform(self, ready: Ready, *, key: str) -> Performed:
        """Nothing is done outside of the books: the letter goes by the outbox (see `record`)."""
        del ready
        return Performed(ApprovalState.EXECUTED, reference=key, receipt={"state": CONFIRMED})

    def look_up(self, approval: Approval) -> Performed | None:
        """Nothing was done before the settling transaction, so nothing has to be looked up."""
        del approval
        return None

    def record(
        self, uow: UnitOfWork, approval: Approval, performed: Performed, *, now: datetime
    ) -> None:
        """Keep the code and put the letter and the notices into the outbox, all or nothing."""
        if performed.state is not ApprovalState.EXECUTED:
            return
        user = uow.users.get(approval.user_id)
        address = _address_of(approval)
        made = uow.bindings.mail_codes.issue(user.id, address, approval.id, now=now)
        told: dict[str, str | int] = {"code": made.code, "minutes": 10}
        self._send(uow, user, address, ("letter.code", told), f"mail:{approval.id}", now)
        warning: dict[str, str | int] = {"address": masked_address(address.path)}
        for talk in uow.conversations.of(user.id):
            if talk.id != approval.conversation_id and _hears_us(uow, talk.address):
                key = f"mail:{approval.id}:{talk.id}"
                self._send(uow, user, talk.address, ("letter.asked_elsewhere", warning), key, now)

    def tell(self, approval: Approval, *, facts: tuple[Fact, ...] = ()) -> Answer:
        """Say where the code went and what to do with it."""
        told = (*facts_of(approval), *facts)
        if approval.state is ApprovalState.EXECUTED:
            where = named("address", masked_address(_address_of(approval).path))
            return Answer("add_email.sent", (*told, where))
        return Answer("request.show_failed", told)

    def _send(
        self,
        uow: UnitOfWork,
        user: User,
        address: Address,
        phrase: tuple[str, Mapping[str, str | int]],
        key: str,
        now: datetime,
    ) -> None:
        talk = uow.conversations.at(address, owner=user.id, now=now, ids=self.ids)
        name, fields = phrase
        text = self.words(user.preferences.language).render(name, fields, talk.profile.value)
        # A code that moved to another chat when the letter fails would prove nothing.
        tried = tuple(channel.value for channel in ChannelName)
        outgoing = Outgoing(
            owner=user.id,
            conversation_id=talk.id,
            address=address,
            message=OutboundMessage(text, message_class=MessageClass.SECURITY, tried=tried),
            dedupe_key=key,
            due_at=now,
        )
        uow.outbox.enqueue(outgoing, now=now, ids=self.ids)


def _hears_us(uow: UnitOfWork, address: Address) -> bool:
    """Tell whether a chat is one of the user's that may be written to."""
    binding = uow.bindings.owner_of(address)
    return binding is not None and binding.state is BindingState.ACTIVE


def _address_of(approval: Approval) -> Address:
    """Return the address that was approved."""
    return mail_address(str(approval.payload["name"]))
