"""Bank messages: one payment each, in the shapes of India, the US and Britain; nothing else."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from core.statements.bank_text import read_bank_text

TODAY = date(2026, 11, 21)

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads" / "bank_texts.toml"
MESSAGES = tomllib.loads(PAYLOADS.read_text(encoding="utf-8"))["message"]

# What only looks like one, or has not happened.
OTHERS = [
    "coffee 4",
    "paid $12.50 at shell",
    "spent 599 on card",
    "lunch 12.50 with ana on 11/20",
    "APPROVE K7QM",
    "Your OTP for Rs.599.00 at SWIGGY on card ending 1234 is 445566",
    "Rs.599.00 will be debited from A/c X7477 on 16-12-26 for NETFLIX",
    "Your payment of Rs.2,000 on card ending 1234 is due on 16-12-26",
    "Txn of Rs.599.00 on A/c X7477 declined due to insufficient funds",
    "SWIGGY has requested Rs.599.00 from A/c X7477. UPI RRN 565512345678",
    "how much was debited from A/c X7477",
    "Rs.599.00 debited on 16-10-25",
    "",
]


class TestReadBankText:
    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["text"][:40])
    def test_reads_one_payment(self, message):
        currency = message["amount"].split()[1]
        found = read_bank_text(message["text"], currency=currency, today=TODAY)
        assert found is not None
        told = {
            "amount": f"{found.amount.plain} {found.amount.currency}",
            "tail": found.tail,
            "day": str(found.day or ""),
            "reference": found.reference,
            "payee": found.payee,
        }
        assert {key: told[key] for key in message if key != "text"} == {
            key: value for key, value in message.items() if key != "text"
        }

    @pytest.mark.parametrize("text", OTHERS)
    def test_takes_nothing_else_for_one(self, text):
        assert read_bank_text(text, currency="INR", today=TODAY) is None

    def test_takes_no_date_and_no_reference_for_an_account(self):
        found = read_bank_text(
            "Rs.599.00 debited from account on 16-10-25 UPI RRN 565512345678",
            currency="INR",
            today=TODAY,
        )
        assert found is not None
        assert found.tail == ""

    def test_a_long_text_is_none(self):
        text = "Rs.599.00 debited A/c X7477 " + "x" * 1000
        assert read_bank_text(text, currency="INR", today=TODAY) is None
