"""Reading a user's word on an approval: who said what, where, and what follows."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.approvals.approval import MAX_TRIES, OPEN_STATES, Approval, ApprovalState
from core.ids import UserId

# Approvals of this tier need more than a word in a chat.
STEP_UP_TIER = 3


class Word(StrEnum):
    """What the user answered."""

    APPROVE = "approve"
    DECLINE = "decline"
    CONFIRM = "confirm"  # the second factor, given in another place


class Verdict(StrEnum):
    """What follows from it."""

    APPROVED = "approved"
    DECLINED = "declined"
    ALREADY = "already"  # decided before: tell the state it is in now
    EXPIRED = "expired"
    WRONG_CHAT = "wrong_chat"
    WRONG_CODE = "wrong_code"
    VOID = "void"  # too many wrong codes
    STEP_UP = "step_up"  # a chat alone cannot approve this: the second factor is asked for
    WEAK_PLACE = "weak_place"  # the second factor has to come from elsewhere, and not by SMS
    NOT_YET = "not_yet"  # confirmed before it was approved where it was asked


@dataclass(frozen=True, slots=True)
class Said:
    """A word, by the identity and in the conversation it verifiably came from.

    ``strong`` says that the place may give a second factor: a number on the telephone network is
    an address that can be taken over, a chat behind a sign-in is not. ``stepped_up`` says that
    the second factor came with the word (a PIN on the signed page).
    """

    word: Word
    user_id: UserId
    conversation_id: str
    code: str
    strong: bool = False
    stepped_up: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and the approval it is about, as it stands after the verdict."""

    verdict: Verdict
    approval: Approval | None = None

    @property
    def state(self) -> ApprovalState | None:
        """The state to report, nothing when no approval was found."""
        return self.approval.state if self.approval else None


def decide(approval: Approval, said: Said, *, now: datetime) -> Verdict:
    """Judge a word on ``approval``; changes nothing.

    Somebody else's word reads as a wrong code, so that nobody learns that an approval exists.
    Declining is allowed from any chat of the user's, approving only where it was presented.
    """
    if said.user_id != approval.user_id or not _same_code(said.code, approval.code):
        return Verdict.WRONG_CODE
    if approval.state not in OPEN_STATES:
        return _verdict_on_closed(approval)
    if now >= approval.expires_at:
        return Verdict.EXPIRED
    if said.word is Word.DECLINE:
        return Verdict.DECLINED
    if said.word is Word.CONFIRM:
        return _verdict_on_confirm(approval, said)
    return _verdict_on_approve(approval, said)


def _verdict_on_confirm(approval: Approval, said: Said) -> Verdict:
    """Judge a second factor: it counts only after the first word, and from another place."""
    if approval.tries >= MAX_TRIES:
        return Verdict.VOID
    if approval.state is not ApprovalState.CONFIRMING:
        return Verdict.NOT_YET
    elsewhere = said.strong and said.conversation_id != approval.conversation_id
    return Verdict.APPROVED if said.stepped_up or elsewhere else Verdict.WEAK_PLACE


def _verdict_on_approve(approval: Approval, said: Said) -> Verdict:
    if said.conversation_id != approval.conversation_id:
        return Verdict.WRONG_CHAT
    if approval.tries >= MAX_TRIES:
        return Verdict.VOID
    if approval.tier >= STEP_UP_TIER and not said.stepped_up:
        return Verdict.STEP_UP
    return Verdict.APPROVED


def _verdict_on_closed(approval: Approval) -> Verdict:
    if approval.state is ApprovalState.EXPIRED:
        return Verdict.EXPIRED
    if approval.state is ApprovalState.WITHDRAWN and approval.tries >= MAX_TRIES:
        return Verdict.VOID
    return Verdict.ALREADY


def normal_code(text: str) -> str:
    """Read a code as people type it: any case, spaces around it."""
    return text.strip().upper()


def _same_code(said: str, code: str) -> bool:
    return hmac.compare_digest(normal_code(said).encode(), code.encode())
