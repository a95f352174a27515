"""What names a person or an account never leaves, and comes back as it was."""

from __future__ import annotations

import random

import pytest

from bot.llm.redaction import Redactor


class TestHide:
    @pytest.mark.parametrize(
        "secret",
        [
            "maya.lopez@example.org",
            "+34 612 345 678",
            "612345678",
            "(555) 010-2000",
            "ES91 2100 0418 4502 0005 1332",
            "DE89370400440532013000",
            "ana@okhdfc",
            "ABCDE1234F",
            "123-45-6789",
            "1234 5678 9012",
            "12345678Z",
            "X7477",
            "\u2022\u20221234",
            "https://example.org/a?b=c",
            "565512345678",
        ],
    )
    def test_takes_it_out_and_puts_it_back(self, secret: str):
        redactor = Redactor()
        text = f"please look at {secret}, and tell me"
        hidden = redactor.hide(text)
        assert secret not in hidden
        assert redactor.restore(hidden) == text

    @pytest.mark.parametrize(
        "text",
        [
            "$1,234,567.00 from 2026-10-01..2026-10-31",
            "\u20b91,50,000.00 on 3 Nov",
            "12.345.678,90 \u20ac",
            "coffee 4 and lunch 12.50",
            "entry:12 of account:3",
            "2026-05-14",
            "2024-2025 against 2023",
            "lunch 12 34 56 and 9:30 10:15",
            "in 2026 12 payments of 3.50",
        ],
    )
    def test_leaves_amounts_and_days(self, text: str):
        assert Redactor().hide(text) == text

    @pytest.mark.parametrize(
        ("text", "secret"),
        [
            ("my dni is 12345678z", "12345678z"),
            ("x-1234567-l", "1234567"),
            ("pan abcde1234f", "abcde1234f"),
            ("gb29 nwbk 6016 1331 9268 19", "nwbk"),
            ("ring 06 12 34 56 78", "34 56"),
            ("+44 (0)7700 900123", "900123"),
            ("07700 900123", "900123"),
            ("612 34 56 78", "34 56"),
            ("call 555-1234", "555-1234"),
            ("passport no. M123456", "M123456"),
            ("from account 1234567", "1234567"),
            ("mi cuenta 123456", "123456"),
        ],
    )
    def test_knows_numbers_as_people_type_them(self, text: str, secret: str):
        redactor = Redactor()
        hidden = redactor.hide(text)
        assert secret not in hidden
        assert redactor.restore(hidden) == text

    def test_gives_the_same_value_the_same_token_and_another_another(self):
        redactor = Redactor()
        hidden = redactor.hide("a@b.org c@d.org a@b.org")
        assert hidden == "[mail-1] [mail-2] [mail-1]"

    def test_restores_what_a_model_passes_on(self):
        redactor = Redactor()
        redactor.hide("+34 612 345 678")
        assert redactor.restored({"text": "[phone-1]", "n": 3}) == {
            "text": "+34 612 345 678",
            "n": 3,
        }

    def test_hides_the_users_own_name_as_a_word(self):
        redactor = Redactor(("Maya", "maya@example.org", ""))
        hidden = redactor.hide("Hi Maya! hola MAYA, the mayan maya@example.org")
        assert "Maya" not in hidden
        assert "MAYA" not in hidden
        assert "mayan" in hidden
        assert redactor.restore(hidden) == "Hi Maya! hola MAYA, the mayan maya@example.org"

    def test_no_canary_of_five_hundred_gets_out(self):
        chance = random.Random(5)
        for _ in range(500):
            digits = "".join(str(chance.randrange(10)) for _ in range(9))
            canary = chance.choice(
                (
                    f"u{digits}@mail{digits[:2]}.com",
                    f"+{chance.randrange(1, 98)} {digits[:3]} {digits[3:6]} {digits[6:]}",
                    f"GB{digits[:2]}NWBK{digits}00000",
                    f"7{digits}",
                    f"upi{digits[:4]}@okbank",
                    f"{digits[:3]}-{digits[3:5]}-{digits[5:9]}",
                )
            )
            hidden = Redactor().hide(f"pay to {canary} or call")
            assert canary not in hidden
            assert digits not in hidden
