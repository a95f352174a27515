"""Letters by e-mail: an address is added after an approval, proved by a code, and taken away."""

from __future__ import annotations

from pydantic import Field

from core.facts import Answer, count, named
from core.messaging.address import Address, ChannelName
from core.store.binding_store import Binding
from core.store.unit_of_work import UnitOfWork
from core.users.mail import ACTION, MailOff, mail_address, masked_address
from tools.budgets import UNDO
from tools.context import ToolWork
from tools.outcome import Changed, Inverse, Proposed
from tools.spec import Arguments, Tier, tool


class AddEmail(Arguments):
    """Where letters go."""

    address: str = Field(
        description="The e-mail address as the user typed it", min_length=3, max_length=200
    )


@tool(tier=Tier.MONEY_OUT)
def add_email(arguments: AddEmail, work: ToolWork) -> Proposed:
    """Propose to send reports and security notices to an e-mail address of the user's."""
    if not work.installation.mails:
        raise MailOff
    address = mail_address(arguments.address)
    work.uow.bindings.mail_codes.check(work.user_id, now=work.now)
    facts = (
        named("action", "action_add_email"),
        named("name", address.path),
    )
    return Proposed(ACTION, {"name": address.path}, Answer("add_email.proposed", facts))


class ConfirmEmail(Arguments):
    """The code from the letter."""

    digits: str = Field(description="The six digits from the letter", min_length=4, max_length=12)


@tool(tier=Tier.REVERSIBLE, inverse=("email_bound",))
def confirm_email(arguments: ConfirmEmail, work: ToolWork) -> Changed:
    """Prove an e-mail address with the code that was sent there: letters go there from now on."""
    digits = "".join(char for char in arguments.digits if char.isdigit())
    found = work.uow.bindings.mail_codes.take(work.user_id, digits, now=work.now)
    if isinstance(found, int):
        return Changed(Answer("confirm_email.wrong", (count("left", found),)), ())
    before = _bound(work.uow, work)
    if not _bind(work, found):
        return Changed(Answer("confirm_email.wrong", (count("left", 0),)), ())
    facts = (named("address", masked_address(found.path)),)
    answer = Answer("confirm_email.done", facts, choices=UNDO)
    inverse = Inverse("email_bound", {"address": before.address.path if before else ""})
    return Changed(answer, (inverse,))


class RemoveEmail(Arguments):
    """No arguments."""


@tool(tier=Tier.REVERSIBLE, inverse=("email_bound",))
def remove_email(_arguments: RemoveEmail, work: ToolWork) -> Changed:
    """Stop sending letters to the user's e-mail address, and forget that it is the user's."""
    bound = _bound(work.uow, work)
    if bound is None:
        return Changed(Answer("remove_email.none"), ())
    work.uow.bindings.revoke(bound.address)
    facts = (named("address", masked_address(bound.address.path)),)
    answer = Answer("remove_email.removed", facts, choices=UNDO)
    return Changed(answer, (Inverse("email_bound", {"address": bound.address.path}),))


def restore_email(work: ToolWork, *, address: str) -> None:
    """Undo: letters go where they went before, or nowhere."""
    bound = _bound(work.uow, work)
    if bound is not None:
        work.uow.bindings.revoke(bound.address)
    if address:
        _bind(work, Address(ChannelName.EMAIL, address))


def _bound(uow: UnitOfWork, work: ToolWork) -> Binding | None:
    """Return the user's address for letters."""
    mine = uow.bindings.of(work.user_id)
    return next((one for one in mine if one.address.channel is ChannelName.EMAIL), None)


def _bind(work: ToolWork, address: Address) -> bool:
    """Bind an address in place of an older one; false when it is somebody else's."""
    uow = work.uow
    owner = uow.bindings.owner_of(address)
    if owner is not None and owner.user_id != work.user_id:
        return False
    older = _bound(uow, work)
    if older is not None:
        uow.bindings.revoke(older.address)
    uow.bindings.opt_in(address)
    uow.bindings.link(work.user_id, address, now=work.now, ids=work.ids)
    talk = uow.conversations.at(address, owner=work.user_id, now=work.now, ids=work.ids)
    if talk.owner != work.user_id:
        uow.conversations.hand_over(talk.id, work.user_id)
    return True
