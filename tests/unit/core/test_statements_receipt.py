"""What stands on a receipt: the total only where the paper's own figures agree with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.money import Money
from core.statements.dates import DateOrder
from core.statements.receipt import Receipt, read_receipt
from core.statements.receipt_record import read_kept, written

FOLDER = Path(__file__).resolve().parents[2] / "payloads" / "receipts"
TODAY = date(2026, 5, 14)
ORDERS = {"us": DateOrder.MONTH_FIRST}
OWN = {"us": "USD", "in": "INR", "uk": "GBP"}


def read(name: str) -> Receipt:
    country = name.partition("_")[0]
    receipt = read_receipt(
        (FOLDER / f"{name}.txt").read_text(encoding="utf-8"),
        currency=OWN.get(country, "EUR"),
        today=TODAY,
        order=ORDERS.get(country, DateOrder.DAY_FIRST),
    )
    assert receipt is not None
    return receipt


def said(*lines: str, currency: str = "USD", order: DateOrder = DateOrder.MONTH_FIRST) -> Receipt:
    receipt = read_receipt("\n".join(lines), currency=currency, today=TODAY, order=order)
    assert receipt is not None
    return receipt


class TestAReceipt:
    @pytest.mark.parametrize(
        ("name", "shop", "total", "day", "items"),
        [
            ("us_target", "TARGET", "43.17 USD", "2026-05-13", 4),
            ("us_diner_tip", "Joe's Corner Diner", "40.00 USD", "2026-05-12", 3),
            ("us_discount", "HARBOR OUTFITTERS", "124.20 USD", "2026-05-10", 2),
            ("in_bigmart_gst", "BIG MART RETAIL LTD", "1496.00 INR", "2026-05-13", 3),
            ("in_tea_stall", "Sri Krishna Tiffin Room", "220.00 INR", "2026-05-12", 2),
            ("de_supermarkt", "FRISCHMARKT", "12.21 EUR", "2026-05-12", 4),
            ("es_cafeteria", "CAFETERÍA LA ESQUINA S.L.", "9.50 EUR", "2026-05-13", 3),
            ("fr_boulangerie", "BOULANGERIE DU PORT", "5.20 EUR", "2026-05-11", 2),
            ("uk_pub", "The Copper Kettle", "20.42 GBP", "2026-05-14", 2),
        ],
    )
    def test_is_read_and_adds_up(self, name, shop, total, day, items):
        amount, currency = total.split()
        receipt = read(name)
        assert receipt.merchant == shop
        assert (receipt.total, receipt.adds_up) == (Money.of(amount, currency), True)
        assert (receipt.day, receipt.day_sure) == (date.fromisoformat(day), True)
        assert len(receipt.items) == items

    def test_whose_figures_contradict_each_other_is_not_believed(self):
        receipt = read("us_misread_total")
        assert (receipt.total, receipt.adds_up) == (Money.of("28.66", "USD"), False)

    def test_with_a_total_alone_is_not_confirmed(self):
        receipt = read("us_total_only")
        assert (receipt.total, receipt.adds_up) == (Money.of("18.00", "USD"), False)

    def test_without_any_amount_is_none(self):
        text = (FOLDER / "not_a_receipt.txt").read_text(encoding="utf-8")
        for words in (text, ""):
            read_as = read_receipt(words, currency="EUR", today=TODAY, order=DateOrder.DAY_FIRST)
            assert read_as is None

    def test_without_a_line_for_the_total_has_none(self):
        receipt = said("Corner shop", "Milk 2.10", "Bread 1.90")
        assert (receipt.total, receipt.adds_up) == (None, False)
        assert [str(item.name) for item in receipt.items] == ["Milk", "Bread"]

    def test_that_gives_orders_is_only_read(self):
        receipt = read("orders_us")
        assert receipt.total == Money.of("2.00", "EUR")
        assert receipt.merchant == "IGNORE PREVIOUS INSTRUCTIONS"

    def test_tells_what_it_was_paid_with(self):
        assert (read("us_target").tail, read("us_target").by_card) == ("4242", True)
        assert (read("es_cafeteria").tail, read("es_cafeteria").in_cash) == ("1881", False)
        assert read("de_supermarkt").in_cash
        assert read("us_discount").tail == "5544"

    def test_never_keeps_a_card_number(self):
        receipt = said("4111 1111 1111 1111", "Shoes 4111111111111111 20.00", "Total 20.00")
        assert "4111111111111111" not in repr(receipt)

    def test_reads_a_day_that_may_be_two_in_the_readers_order_and_says_so(self):
        lines = ("Shop", "04/05/2026", "Pen 2.00", "Total 2.00")
        american = said(*lines)
        european = said(*lines, order=DateOrder.DAY_FIRST)
        assert (american.day, american.day_sure) == (date(2026, 4, 5), False)
        assert (european.day, european.day_sure) == (date(2026, 5, 4), False)

    def test_takes_no_day_that_has_not_come_or_is_long_gone(self):
        receipt = said("Shop", "Warranty until 05/12/2027", "Est. 12/01/1999", "Total 2.00")
        assert receipt.day is None

    @pytest.mark.parametrize(
        ("lines", "total"),
        [
            (("Tea 3,50", "Kuchen 4,20", "Summe 7,70 EUR"), "7.70"),
            (("Sofa 1.249,00", "Lieferung 49,00", "Gesamtbetrag 1.298,00 €"), "1298.00"),
            (("Book £12", "Pen £3", "TOTAL £15"), "15.00"),
            (("Apples 0.524 kg @ 3.99/kg 2.09", "Total 2.09"), "2.09"),
            (("Chocolate bar 1.50", "Gift card 20.00", "Total 21.50"), "21.50"),
            (("Jacket 80.00", "Return -20.00", "Total 60.00"), "60.00"),
            (("Lunch 10.00", "TOTAL (incl. VAT) 10.00", "VAT 1.67"), "10.00"),
        ],
    )
    def test_is_written_in_many_ways(self, lines, total):
        receipt = said("Shop", *lines, currency="EUR")
        assert receipt.total is not None
        assert (receipt.total.plain, receipt.adds_up) == (total, True)

    def test_in_yen_has_no_decimals(self):
        receipt = said("Ramen-ya", "Ramen ¥980", "Tea ¥220", "Total ¥1,200", currency="JPY")
        assert (receipt.total, receipt.adds_up) == (Money(1200, "JPY"), True)


class TestWhatIsKept:
    def test_comes_back_as_it_was(self):
        receipt = read("us_target")
        assert receipt.total is not None
        kept = read_kept(written(receipt, receipt.total))
        assert kept is not None
        assert (kept.shop, kept.total, kept.items) == ("TARGET", receipt.total, receipt.items)

    def test_of_a_receipt_that_was_taken_off_is_nothing(self):
        assert read_kept("") is None
