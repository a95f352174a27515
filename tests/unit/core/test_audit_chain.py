"""The seal over audit events: any change, anywhere, shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from core.audit.chain import GENESIS, digest, event_bytes, same, seal
from core.audit.event import AuditEvent

KEY = b"k" * 32
AT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
EVENT = AuditEvent(1, "user_1", "user", "tool.add_entry", "turn_1:0", "d" * 64, AT)


def sealed(*events: AuditEvent, key: bytes = KEY, previous: str = GENESIS) -> str:
    return seal(key, previous, [event_bytes(event) for event in events])


class TestSeal:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("seq", 2),
            ("user_id", "user_2"),
            ("actor", "admin:1"),
            ("action", "tool.delete_entry"),
            ("subject", "turn_1:1"),
            ("digest", "e" * 64),
            ("created_at", AT + timedelta(microseconds=1)),
        ],
    )
    def test_changes_with_every_field(self, field: str, value: Any) -> None:
        assert sealed(EVENT) != sealed(replace(EVENT, **{field: value}))

    def test_changes_with_order_with_number_and_with_what_came_before(self) -> None:
        other = replace(EVENT, seq=2)
        assert len({sealed(EVENT, other), sealed(other, EVENT), sealed(EVENT), sealed()}) == 4
        assert sealed(EVENT) != sealed(EVENT, previous="1" * 64)

    def test_needs_the_key(self) -> None:
        assert not same(sealed(EVENT), sealed(EVENT, key=b"x" * 32))

    def test_does_not_depend_on_the_zone_a_moment_is_written_in(self) -> None:
        elsewhere = AT.astimezone(timezone(timedelta(hours=-3)))
        assert sealed(EVENT) == sealed(replace(EVENT, created_at=elsewhere))

    def test_keeps_fields_apart(self) -> None:
        left = replace(EVENT, actor="ab", action="c")
        right = replace(EVENT, actor="a", action="bc")
        assert sealed(left) != sealed(right)


class TestDigest:
    def test_cannot_be_guessed_without_the_key(self) -> None:
        assert digest(KEY, {"before": 1}) != digest(b"x" * 32, {"before": 1})

    def test_is_the_same_for_the_same_values(self) -> None:
        assert digest(KEY, {"a": 1, "b": 2}) == digest(KEY, {"b": 2, "a": 1})
