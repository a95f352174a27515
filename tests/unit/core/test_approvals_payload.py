"""The one form of a payload that is hashed, and what its hash is bound to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.approvals.approval import Approval, ApprovalState
from core.approvals.payload import canonical, payload_hash
from core.ids import UserId

END = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
BINDING: dict[str, Any] = {
    "user_id": "user_1",
    "action": "cancel_subscription",
    "nonce": "appr_1",
    "expires_at": END,
}
_VALUES = st.recursive(
    st.text(max_size=12) | st.integers(-(10**17), 10**17),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
_PAYLOADS = st.dictionaries(st.text(max_size=8), _VALUES, max_size=5)


class TestCanonical:
    def test_sorts_keys_and_leaves_no_room(self) -> None:
        assert canonical({"b": [1, "x"], "a": "é"}) == '{"a":"\\u00e9","b":[1,"x"]}'

    @pytest.mark.parametrize("value", [1.5, None, True, b"x", {1: "x"}, [0.1]])
    def test_refuses_what_would_not_read_back_the_same(self, value: Any) -> None:
        with pytest.raises(TypeError):
            canonical({"value": value})

    @given(_PAYLOADS)
    def test_does_not_depend_on_the_order_of_writing(self, payload: dict[str, Any]) -> None:
        turned = dict(reversed(payload.items()))
        assert canonical(payload) == canonical(turned)


class TestPayloadHash:
    @given(_PAYLOADS, _PAYLOADS)
    def test_differs_whenever_the_payload_does(
        self, one: dict[str, Any], two: dict[str, Any]
    ) -> None:
        same = payload_hash(one, **BINDING) == payload_hash(two, **BINDING)
        assert same == (one == two)

    @pytest.mark.parametrize(
        ("name", "other"),
        [
            ("user_id", "user_2"),
            ("action", "send_money"),
            ("nonce", "appr_2"),
            ("expires_at", END + timedelta(microseconds=1)),
        ],
    )
    def test_is_bound_to_everything_around_the_payload(self, name: str, other: object) -> None:
        payload = {"amount_minor": 1599}
        assert payload_hash(payload, **BINDING) != payload_hash(payload, **{**BINDING, name: other})

    def test_does_not_depend_on_the_zone_the_end_is_written_in(self) -> None:
        elsewhere = END.astimezone(timezone(timedelta(hours=5, minutes=30)))
        moved = {**BINDING, "expires_at": elsewhere}
        assert payload_hash({}, **BINDING) == payload_hash({}, **moved)


class TestCovers:
    def test_takes_the_very_payload_and_no_other(self) -> None:
        payload = {"subscription": 3, "amount_minor": 1599}
        approval = Approval(
            id="appr_1",
            user_id=UserId("user_1"),
            conversation_id="conv_1",
            code="K7QM",
            action="cancel_subscription",
            tier=2,
            payload=payload,
            payload_hash=payload_hash(payload, **BINDING),
            state=ApprovalState.EXECUTING,
            created_at=END - timedelta(hours=24),
            expires_at=END,
        )
        assert approval.covers({"amount_minor": 1599, "subscription": 3})
        assert not approval.covers({**payload, "amount_minor": 1799})
        assert not replace(approval, user_id=UserId("user_2")).covers(payload)
