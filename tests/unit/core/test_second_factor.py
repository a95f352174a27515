"""Codes by the time of day: the vectors of RFC 6238, and each code once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.users.second_factor import address, code_at, new_secret, spelled, step_of, taken_step

_SECRET = b"12345678901234567890"
NOW = datetime(2026, 5, 14, 9, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    # RFC 6238, appendix B, SHA-1: the last six of its eight digits.
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_gives_the_codes_of_the_standard(seconds: int, code: str):
    assert code_at(_SECRET, seconds // 30) == code


class TestACode:
    @pytest.mark.parametrize("steps", [-1, 0, 1])
    def test_may_come_from_a_clock_that_is_a_little_off(self, steps: int):
        code = code_at(_SECRET, step_of(NOW) + steps)
        assert taken_step(_SECRET, code, now=NOW, after=0) == step_of(NOW) + steps

    @pytest.mark.parametrize("steps", [-2, 2, 2880])
    def test_of_another_time_is_wrong(self, steps: int):
        code = code_at(_SECRET, step_of(NOW) + steps)
        assert taken_step(_SECRET, code, now=NOW, after=0) is None

    def test_is_taken_once(self):
        step = step_of(NOW)
        assert taken_step(_SECRET, code_at(_SECRET, step), now=NOW, after=step) is None
        later = NOW + timedelta(seconds=30)
        assert taken_step(_SECRET, code_at(_SECRET, step + 1), now=later, after=step) == step + 1

    def test_may_be_typed_with_a_gap(self):
        code = code_at(_SECRET, step_of(NOW))
        assert taken_step(_SECRET, f" {code[:3]} {code[3:]} ", now=NOW, after=0) is not None

    @pytest.mark.parametrize("code", ["", "12345", "abcdef", "²²²²²²", "0" * 40])
    def test_of_another_shape_is_wrong(self, code: str):
        assert taken_step(_SECRET, code, now=NOW, after=0) is None


def test_secrets_differ_and_are_as_long_as_the_hash():
    first, second = new_secret(), new_secret()
    assert first != second
    assert len(first) == 20


def test_is_spelled_for_people_and_addressed_for_apps():
    assert spelled(_SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    told = address(_SECRET, "maya@example.org", "FinanceMaster")
    assert told.startswith("otpauth://totp/FinanceMaster:maya%40example.org?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in told
