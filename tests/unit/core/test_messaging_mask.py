"""Card numbers are cut out, and nothing else is."""

from __future__ import annotations

import pytest

from core.messaging.address import Address
from core.messaging.inbound import InboundFile, InboundKind, InboundMessage
from core.messaging.mask import MAX_TEXT, cleaned, mask_cards


class TestMaskCards:
    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("4111111111111111", "[card …1111]"),
            ("my card 4111 1111 1111 1111, ok?", "my card [card …1111], ok?"),
            ("5500-0000-0000-0004", "[card …0004]"),
            ("amex 3782 822463 10005 thanks", "amex [card …0005] thanks"),
            ("4111\u00a01111\u202f1111\n1111", "[card …1111]"),
            ("4111 - 1111 \u2013 1111 \u2014 1111", "[card …1111]"),
            ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[card …1111]"),
            ("4111\u200b1111\u200b1111\u200b1111", "[card …1111]"),
            ("4111.1111.1111.1111", "[card …1111]"),
            ("\uff14" + "\uff11" * 15, "[card …1111]"),
            ("x4111111111111111y", "x[card …1111]y"),
            ("4111111111111111 5500000000000004", "[card …1111] [card …0004]"),
            ("6011 0009 9013 9424 and 3530111333300000", "[card …9424] and [card …0000]"),
            ("41111111111111111227", "[card …1111]1227"),
            ("4222222222222", "[card …2222]"),
            ("6304 0000 0000 0000 000", "[card …0000]"),
        ],
    )
    def test_keeps_the_last_four_digits_only(self, text, masked):
        assert mask_cards(text).text == masked

    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("4111111111111111 12/27 123", "[card …1111] 12/27 [code]"),
            ("4111 1111 1111 1111, exp 12/2027, 123", "[card …1111], exp 12/2027, [code]"),
            ("cvv 123", "cvv [code]"),
            ("the CVC2 is 1234 I think", "the CVC2 is [code] I think"),
            ("security code: 987", "security code: [code]"),
        ],
    )
    def test_cuts_out_the_code_on_the_back(self, text, masked):
        assert mask_cards(text).text == masked

    @pytest.mark.parametrize(
        "text",
        [
            "coffee 4",
            "4111111111111112",
            "12.50 30.00 45.99 8.20",
            "1,234,567,890,123.00",
            "2026-05-01 - 2026-05-31",
            "2026-05-01 2026-05-02 2026-05-03",
            "APPROVE K7QM",
            "call +1 555 0100",
            "security code 482113",
            "order 123 of 2026",
            "100 200 300",
            "gate 42, flight 1234",
        ],
    )
    def test_leaves_amounts_dates_and_codes_alone(self, text):
        assert mask_cards(text) == mask_cards(text).__class__(text, 0)

    def test_counts_what_it_cut_out(self):
        assert mask_cards("4111111111111111 and 5500000000000004, cvv 123").found == 3

    def test_is_done_after_the_first_time(self):
        once = mask_cards("4111 1111 1111 1111 12/27 123").text
        assert mask_cards(once).text == once

    def test_stays_quick_on_the_worst_text(self):
        for text in ("1" * MAX_TEXT, "1 " * (MAX_TEXT // 2), "4 1-" * (MAX_TEXT // 4)):
            assert len(mask_cards(text).text) <= MAX_TEXT


class TestCleaned:
    def message(self, **fields: object) -> InboundMessage:
        base = {"kind": InboundKind.TEXT, "text": "hi", **fields}
        return InboundMessage("1", Address.parse("telegram:5"), **base)  # type: ignore[arg-type]

    def test_masks_text_names_and_file_names(self):
        file = InboundFile("ref", "4111111111111111.jpg", "image/jpeg")
        message = cleaned(
            self.message(text="5500000000000004", display_name="4111111111111111", files=(file,))
        )
        assert "4111111111111111" not in repr(message)
        assert "5500000000000004" not in repr(message)
        assert message.masked == 1

    def test_drops_what_no_database_stores(self):
        message = cleaned(self.message(text="a\x00b\ud83dc\td\ne", button="x\x00"))
        assert (message.text, message.button) == ("abc\td\ne", "x")

    def test_finds_a_number_split_by_control_characters(self):
        assert cleaned(self.message(text="4111\x011111\x0211111111")).text == "[card …1111]"

    def test_masks_before_it_cuts_to_length(self):
        text = "a" * (MAX_TEXT - 8) + "4111111111111111"
        assert "41111111" not in cleaned(self.message(text=text)).text

    def test_keeps_a_shared_phone_number_whole(self):
        contact = self.message(kind=InboundKind.CONTACT, text="+4222222222222")
        assert (cleaned(contact).text, cleaned(contact).masked) == ("+4222222222222", 0)
