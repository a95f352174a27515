"""What a user's word on an approval comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.approvals.approval import (
    APPROVAL_MOVES,
    MAX_TRIES,
    OPEN_STATES,
    Approval,
    ApprovalState,
    expiry,
    may_move,
    sources,
)
from core.approvals.decision import Said, Verdict, Word, decide
from core.ids import UserId

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
ALICE, MALLORY = UserId("user_alice"), UserId("user_mallory")
ENDED = [state for state in ApprovalState if state not in OPEN_STATES]


def approval(**more: object) -> Approval:
    made = Approval(
        id="appr_1",
        user_id=ALICE,
        conversation_id="conv_1",
        code="K7QM",
        action="cancel_subscription",
        tier=2,
        payload={"subscription": 3},
        payload_hash="h",
        state=ApprovalState.PENDING,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def said(word: Word = Word.APPROVE, **more: object) -> Said:
    return replace(Said(word, ALICE, "conv_1", "K7QM"), **more)  # type: ignore[arg-type]  # as above


class TestDecide:
    def test_approves_for_the_right_person_place_and_code_in_time(self) -> None:
        assert decide(approval(), said(), now=NOW) is Verdict.APPROVED

    def test_reads_a_code_in_any_case(self) -> None:
        assert decide(approval(), said(code=" k7qm "), now=NOW) is Verdict.APPROVED

    def test_reads_somebody_elses_word_as_a_wrong_code(self) -> None:
        assert decide(approval(), said(user_id=MALLORY), now=NOW) is Verdict.WRONG_CODE

    def test_refuses_another_code(self) -> None:
        assert decide(approval(), said(code="K7QN"), now=NOW) is Verdict.WRONG_CODE

    @pytest.mark.parametrize("code", ["К7QM", "K7QM\u200b", "K 7QM", "", "K7QM4"])  # noqa: RUF001
    def test_refuses_a_code_that_only_looks_alike(self, code: str) -> None:
        assert decide(approval(), said(code=code), now=NOW) is Verdict.WRONG_CODE

    def test_refuses_to_approve_in_another_chat(self) -> None:
        assert decide(approval(), said(conversation_id="conv_2"), now=NOW) is Verdict.WRONG_CHAT

    def test_lets_a_user_decline_from_any_chat(self) -> None:
        word = said(Word.DECLINE, conversation_id="conv_2")
        assert decide(approval(), word, now=NOW) is Verdict.DECLINED

    @pytest.mark.parametrize("word", list(Word))
    def test_is_too_late_at_the_very_end(self, word: Word) -> None:
        end = NOW + timedelta(hours=24)
        assert decide(approval(), said(word), now=end) is Verdict.EXPIRED
        last = end - timedelta(microseconds=1)
        assert decide(approval(), said(word), now=last) is not Verdict.EXPIRED

    @pytest.mark.parametrize("state", ENDED)
    @pytest.mark.parametrize("word", list(Word))
    def test_changes_nothing_that_was_decided(self, state: ApprovalState, word: Word) -> None:
        verdict = decide(approval(state=state), said(word), now=NOW)
        assert verdict in (Verdict.ALREADY, Verdict.EXPIRED)

    def test_is_void_after_too_many_wrong_codes(self) -> None:
        assert decide(approval(tries=MAX_TRIES), said(), now=NOW) is Verdict.VOID

    def test_wants_more_than_a_word_for_money_out(self) -> None:
        assert decide(approval(tier=3), said(), now=NOW) is Verdict.STEP_UP
        assert decide(approval(tier=3), said(stepped_up=True), now=NOW) is Verdict.APPROVED


class TestConfirm:
    """The second factor: after the first word, from another and stronger place, or with a PIN."""

    def waiting(self, **more: object) -> Approval:
        return approval(tier=3, state=ApprovalState.CONFIRMING, **more)

    def word(self, **more: object) -> Said:
        return said(Word.CONFIRM, **{"conversation_id": "conv_2", "strong": True, **more})

    def test_counts_from_another_chat_behind_a_sign_in(self) -> None:
        assert decide(self.waiting(), self.word(), now=NOW) is Verdict.APPROVED

    def test_counts_with_a_pin_wherever_it_came_from(self) -> None:
        word = said(Word.CONFIRM, stepped_up=True)
        assert decide(self.waiting(), word, now=NOW) is Verdict.APPROVED

    @pytest.mark.parametrize(
        "place",
        [
            {"conversation_id": "conv_1"},
            {"strong": False},
            {"conversation_id": "", "strong": False},
        ],
    )
    def test_counts_for_nothing_from_the_same_chat_or_by_sms(self, place: Any) -> None:
        assert decide(self.waiting(), self.word(**place), now=NOW) is Verdict.WEAK_PLACE

    def test_counts_for_nothing_before_the_first_word(self) -> None:
        assert decide(approval(tier=3), self.word(), now=NOW) is Verdict.NOT_YET
        word = said(Word.CONFIRM, stepped_up=True)
        assert decide(approval(tier=3), word, now=NOW) is Verdict.NOT_YET

    def test_is_no_approval_of_what_needs_none(self) -> None:
        assert decide(approval(tier=2), self.word(), now=NOW) is Verdict.NOT_YET

    def test_is_somebody_elses_wrong_code(self) -> None:
        assert decide(self.waiting(), self.word(user_id=MALLORY), now=NOW) is Verdict.WRONG_CODE

    def test_saying_approve_twice_is_no_second_factor(self) -> None:
        assert decide(self.waiting(), said(), now=NOW) is Verdict.STEP_UP

    def test_can_still_be_declined_from_anywhere(self) -> None:
        word = said(Word.DECLINE, conversation_id="conv_9")
        assert decide(self.waiting(), word, now=NOW) is Verdict.DECLINED


class TestMoves:
    def test_leave_no_state_without_an_entry(self) -> None:
        assert set(APPROVAL_MOVES) == set(ApprovalState)

    def test_reach_execution_only_through_approval(self) -> None:
        assert sources(ApprovalState.EXECUTING) == (ApprovalState.APPROVED,)
        assert set(sources(ApprovalState.APPROVED)) == OPEN_STATES

    def test_never_lead_back_to_waiting_or_approved_once_executing(self) -> None:
        seen, todo = set[ApprovalState](), [ApprovalState.EXECUTING]
        while todo:
            state = todo.pop()
            seen.add(state)
            todo += [new for new in APPROVAL_MOVES[state] if new not in seen]
        assert not seen & {ApprovalState.PENDING, ApprovalState.APPROVED}

    @pytest.mark.parametrize("state", ["executed", "failed", "declined", "expired", "withdrawn"])
    def test_end_for_good(self, state: str) -> None:
        assert not any(may_move(ApprovalState(state), new) for new in ApprovalState)

    def test_give_money_out_ten_minutes_and_the_rest_a_day(self) -> None:
        assert expiry(3, now=NOW) - NOW == timedelta(minutes=10)
        assert expiry(2, now=NOW) - NOW == timedelta(hours=24)
