"""States of a delivery and what may change them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from core.messaging.address import Address
from core.messaging.channel import (
    Ambiguous,
    Misconfigured,
    Reason,
    Receipt,
    Remedy,
    RetryLater,
    SendError,
    remedy,
    send_error,
)
from core.messaging.delivery import (
    MOVES,
    Delivery,
    DeliveryState,
    ResendRule,
    moved,
    rank,
    resend_rule,
    settled,
)
from core.messaging.outbound import MessageClass
from core.messaging.retry import (
    after_error,
    after_receipt,
    after_silence,
    backoff_seconds,
    max_attempts,
)

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
S = DeliveryState


def sending(message_class: MessageClass = MessageClass.ALERT, attempts: int = 0) -> Delivery:
    return Delivery(
        key="out_1",
        address=Address.parse("sms:+15550100"),
        message_class=message_class,
        state=S.SENDING,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=4),
        attempts=attempts,
    )


class TestMoves:
    def test_every_state_has_its_row(self):
        assert set(MOVES) == set(DeliveryState)

    def test_refuses_a_move_that_is_not_in_the_table(self):
        with pytest.raises(ValueError, match="from delivered to ready"):
            moved(S.DELIVERED, S.READY)

    @pytest.mark.parametrize("state", [S.DELIVERED, S.FAILED, S.SUPPRESSED])
    def test_final_states_lead_nowhere(self, state):
        assert not MOVES[state]

    def test_an_expired_claim_never_goes_straight_back_to_ready_by_a_report(self):
        assert settled(S.SENDING, S.READY) is S.SENDING


class TestSettled:
    @pytest.mark.parametrize("order", list(permutations([S.ACCEPTED, S.DELIVERED, S.ACCEPTED])))
    def test_ends_the_same_in_any_order_of_callbacks(self, order):
        state = S.SENDING
        for reported in order:
            state = settled(state, reported)
        assert state is S.DELIVERED

    @pytest.mark.parametrize("state", list(DeliveryState))
    @pytest.mark.parametrize("reported", list(DeliveryState))
    def test_never_goes_back(self, state, reported):
        assert rank(settled(state, reported)) >= rank(state)

    @pytest.mark.parametrize("late", [S.ACCEPTED, S.DELIVERED])
    def test_a_failure_is_final(self, late):
        assert settled(settled(S.ACCEPTED, S.FAILED), late) is S.FAILED

    def test_a_report_settles_an_unknown(self):
        assert settled(S.UNKNOWN, S.ACCEPTED) is S.ACCEPTED
        assert settled(S.UNKNOWN, S.FAILED) is S.FAILED

    def test_the_failure_of_an_earlier_try_does_not_stop_the_next(self):
        assert settled(S.READY, S.FAILED) is S.READY
        assert settled(S.READY, S.DELIVERED) is S.DELIVERED


class TestBackoff:
    def test_spreads_over_the_whole_span(self):
        assert backoff_seconds(3, 0.0) == 0.0
        assert backoff_seconds(3, 0.5) == 8.0

    def test_grows_and_is_capped(self):
        spans = [backoff_seconds(attempt, 0.999) for attempt in range(1, 40)]
        assert spans == sorted(spans)
        assert spans[-1] < 600

    @pytest.mark.parametrize("draw", [-0.1, 1.0])
    def test_wants_a_draw_below_one(self, draw):
        with pytest.raises(ValueError, match="draw"):
            backoff_seconds(1, draw)


class TestAfterError:
    def error(self, reason: Reason, wait: float | None = None) -> SendError:
        return send_error(reason, code="x", after_seconds=wait)

    def test_a_passing_error_puts_it_back_in_line_and_counts(self):
        after = after_error(sending(), self.error(Reason.NOT_CONNECTED), now=NOW, draw=0.5)
        assert (after.state, after.attempts, after.reason) == (S.READY, 1, "not_connected")
        assert after.due_at == NOW + timedelta(seconds=2)

    def test_being_told_to_slow_down_counts_no_attempt_and_waits_at_least_that_long(self):
        after = after_error(sending(), self.error(Reason.RATE_LIMITED, 30), now=NOW, draw=0.9)
        assert (after.state, after.attempts) == (S.READY, 0)
        assert after.due_at >= NOW + timedelta(seconds=30)

    def test_patience_ends_with_the_attempts_of_its_class(self):
        last = sending(MessageClass.APPROVAL, max_attempts(MessageClass.APPROVAL) - 1)
        after = after_error(last, self.error(Reason.QUEUE_FULL), now=NOW, draw=0.1)
        assert after.state is S.FAILED

    def test_patience_ends_with_the_message_itself(self):
        error = self.error(Reason.RATE_LIMITED, 5 * 3600)
        assert after_error(sending(), error, now=NOW, draw=0.1).state is S.FAILED

    def test_an_unreachable_phone_gets_one_later_try(self):
        error = self.error(Reason.UNREACHABLE)
        first = after_error(sending(), error, now=NOW, draw=0.1)
        again = after_error(sending(attempts=first.attempts), error, now=NOW, draw=0.1)
        assert (first.state, again.state) == (S.READY, S.FAILED)

    @pytest.mark.parametrize(
        "reason",
        [Reason.TIMED_OUT, Reason.CONNECTION_LOST, Reason.SERVER_ERROR, Reason.MALFORMED_ANSWER],
    )
    def test_an_unknown_outcome_is_set_aside_and_never_sent_blindly(self, reason):
        after = after_error(sending(), self.error(reason), now=NOW, draw=0.1)
        assert after.state is S.UNKNOWN

    def test_an_opt_out_suppresses(self):
        after = after_error(sending(), self.error(Reason.OPTED_OUT), now=NOW, draw=0.1)
        assert after.state is S.SUPPRESSED

    @pytest.mark.parametrize("reason", [Reason.BLOCKED, Reason.BAD_ADDRESS, Reason.OUTSIDE_WINDOW])
    def test_a_permanent_refusal_fails(self, reason):
        after = after_error(sending(), self.error(reason), now=NOW, draw=0.1)
        assert after.state is S.FAILED

    def test_a_wrong_set_up_waits_for_the_operator_without_using_up_attempts(self):
        after = after_error(sending(), self.error(Reason.CREDENTIALS), now=NOW, draw=0.0)
        assert (after.state, after.attempts) == (S.READY, 0)
        assert after.due_at == NOW + timedelta(minutes=5)

    def test_keeps_the_ids_of_parts_that_went_out(self):
        error = self.error(Reason.RATE_LIMITED, 1)
        error.accepted = ("SM1",)
        after = after_error(sending(), error, now=NOW, draw=0.1)
        assert after.provider_message_ids == ("SM1",)


class TestAfterSilence:
    def test_repeats_only_what_may_repeat(self):
        unknown = after_error(sending(), send_error(Reason.TIMED_OUT), now=NOW, draw=0.1)
        assert after_silence(unknown, now=NOW).state is S.READY

    @pytest.mark.parametrize(
        "kept", [MessageClass.APPROVAL, MessageClass.SECURITY, MessageClass.REPLY]
    )
    def test_leaves_an_at_most_once_message_unknown(self, kept):
        unknown = after_error(sending(kept), send_error(Reason.TIMED_OUT), now=NOW, draw=0.1)
        assert after_silence(unknown, now=NOW) == unknown
        assert resend_rule(kept) is ResendRule.NEVER

    def test_gives_up_in_the_end(self):
        tired = sending(attempts=max_attempts(MessageClass.ALERT) - 1)
        unknown = after_error(tired, send_error(Reason.TIMED_OUT), now=NOW, draw=0.1)
        assert after_silence(unknown, now=NOW).state is S.FAILED


class TestReceipt:
    def test_moves_on_and_keeps_the_ids(self):
        after = after_receipt(sending(), Receipt(("SM1",), S.ACCEPTED))
        assert (after.state, after.provider_message_ids) == (S.ACCEPTED, ("SM1",))


class TestReasons:
    @pytest.mark.parametrize("reason", list(Reason))
    def test_each_has_a_class_and_a_remedy(self, reason):
        error = send_error(reason)
        assert error.reason is reason
        assert error.remedy is remedy(reason)
        assert error.retryable == isinstance(error, RetryLater | Misconfigured)
        assert (error.remedy is Remedy.RECONCILE) == isinstance(error, Ambiguous)

    def test_says_no_more_than_codes(self):
        assert str(send_error(Reason.BLOCKED, code="403")) == "blocked (403)"
