"""A PIN as the second factor: on the signed page and on the command line, counted either way."""

from __future__ import annotations

from collections.abc import Callable

from bot.app import App
from core.approvals.approval import Approval, ApprovalState
from core.approvals.decision import Decision, Said, Verdict, Word
from core.errors import FinanceError
from core.ids import UserId
from core.store.unit_of_work import UnitOfWork
from core.users.user import User, UserKind

# Sample households have one for all: nothing behind it is real, and the page says so.
DEMO_PIN = "246810"
SHORTEST, LONGEST = 6, 32


class PinWrong(FinanceError):
    """It is not the user's PIN, or there is none."""

    code = "confirm.pin_wrong"


class PinLocked(FinanceError):
    """Too many wrong tries: the door stays closed for half an hour."""

    code = "confirm.locked"


class PinUnfit(FinanceError):
    """A PIN is some digits, not too few."""

    code = "confirm.pin_unfit"


class NothingToConfirm(FinanceError):
    """The approval does not exist, was not given its first word, or is over."""

    code = "confirm.nothing"


def waiting_for(uow: UnitOfWork, approval_id: str) -> Approval:
    """Return an approval that waits for its second factor; raise `NothingToConfirm`."""
    approval = uow.approvals.get(approval_id)
    if approval is None or approval.state is not ApprovalState.CONFIRMING:
        raise NothingToConfirm
    return approval


def confirm(
    app: App, approval_id: str, pin: str, *, is_right: Callable[[str, str], bool]
) -> Decision:
    """Approve what its user gave the first word for, if the PIN is his."""
    with app.database.reading() as uow:
        approval = waiting_for(uow, approval_id)
    check_pin(app, UserId(approval.user_id), pin, is_right=is_right)
    return _decide(app, approval)


def check_pin(app: App, user_id: UserId, pin: str, *, is_right: Callable[[str, str], bool]) -> None:
    """Raise `PinWrong` or `PinLocked` unless it is the user's PIN.

    Every try is counted before the PIN is looked at. ``is_right`` compares a kept hash with what
    was given; nothing is locked meanwhile, for it takes its time.
    """
    subject = f"pin:{user_id}"
    with app.database.work() as uow:
        if uow.sessions.is_locked(subject, now=app.clock.now()):
            raise PinLocked
        uow.sessions.count_failure(subject, now=app.clock.now())
        user, kept = uow.users.get(user_id), uow.users.pin_hash(user_id)
        uow.commit()
    if not _is_his(user, kept, pin[:LONGEST], is_right):
        raise PinWrong
    with app.database.work() as uow:
        uow.sessions.clear_failures(subject)
        uow.commit()


def _is_his(user: User, kept: str, pin: str, is_right: Callable[[str, str], bool]) -> bool:
    if user.kind is UserKind.DEMO and not kept:
        return pin == DEMO_PIN
    return is_right(kept, pin)


def _decide(app: App, approval: Approval) -> Decision:
    now = app.clock.now()
    said = Said(
        Word.CONFIRM, approval.user_id, approval.conversation_id, approval.code, stepped_up=True
    )
    with app.database.work() as uow:
        decision = uow.approvals.decide(said, now=now)
        uow.audit.append(
            approval.user_id,
            actor="user:pin",
            action=f"approval.{decision.verdict.value}",
            subject=approval.id,
            now=now,
        )
        uow.commit()
    if decision.verdict is not Verdict.APPROVED:
        raise NothingToConfirm
    app.jobs.wake.ring("executor")
    return decision


def checked_pin(pin: str) -> str:
    """Return a PIN that may be kept; raise `PinUnfit`."""
    if not pin.isdecimal() or not SHORTEST <= len(pin) <= LONGEST or len(set(pin)) == 1:
        raise PinUnfit(shortest=SHORTEST)
    return pin
