"""Addresses: one value for every channel."""

from __future__ import annotations

import pytest

from core.messaging.address import Address, AddressUnreadable, ChannelName


class TestAddress:
    @pytest.mark.parametrize(
        "text",
        [
            "telegram:700100200",
            "sms:+15550100",
            "sms:72345",
            "whatsapp:+447700900123",
            "whatsapp:US.13491208655302741918",
            "web:session-1",
            "terminal:local",
        ],
    )
    def test_reads_back_what_it_shows(self, text):
        assert Address.parse(text).show() == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "telegram",
            "telegram:",
            "telegram:-100123",
            "telegram:12 3",
            "telegram:٣٤٥",
            "sms:SHOPNAME",
            "sms:+1",
            "whatsapp:15550100",
            "whatsapp:us.123",
            "whatsapp:US.",
            "carrier-pigeon:1",
            "web:a b",
            "sms:+15550100\n",
        ],
    )
    def test_refuses_what_the_channel_cannot_have(self, text):
        with pytest.raises(AddressUnreadable):
            Address.parse(text)

    def test_never_reads_a_business_scoped_id_as_a_number(self):
        address = Address(ChannelName.WHATSAPP, "US.13491208655302741918")
        assert address.path == "US.13491208655302741918"

    def test_shows_no_number_where_it_is_printed_by_accident(self):
        address = Address(ChannelName.SMS, "+15550123")
        assert str(address) == f"{address}" == "sms:..23"
        assert "5550" not in str(AddressUnreadable(channel="sms"))
