"""Receipts of many countries: right ones add up, wrong totals never do, and nothing breaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from core.statements.dates import DateOrder
from core.statements.receipt import read_receipt

TODAY = date(2026, 5, 14)
NAMES = (
    "Milk",
    "Brot",
    "Paneer 200g",
    "Zumo naranja",
    "SOAP BAR",
    "Café",
    "Chocolate bar",
    "Socks",
)


@dataclass(frozen=True)
class Country:
    """How a country's tills print."""

    currency: str
    mark: str
    group: str
    unit: str
    total: str
    tax: str
    subtotal: str
    order: DateOrder
    day: str


COUNTRIES = (
    Country(
        "USD", ".", ",", "$", "TOTAL", "Sales Tax", "Subtotal", DateOrder.MONTH_FIRST, "%m/%d/%Y"
    ),
    Country("EUR", ",", ".", "", "SUMME", "MwSt", "Zwischensumme", DateOrder.DAY_FIRST, "%d.%m.%Y"),
    Country(
        "EUR", ",", ".", "", "Total a pagar", "IVA", "Subtotal", DateOrder.DAY_FIRST, "%d/%m/%Y"
    ),
    Country(
        "INR", ".", ",", "Rs.", "Net Payable", "CGST", "Sub Total", DateOrder.DAY_FIRST, "%d-%m-%Y"
    ),
    Country("GBP", ".", ",", "£", "Total due", "VAT", "Subtotal", DateOrder.DAY_FIRST, "%d %b %Y"),
)


@dataclass(frozen=True)
class Till:
    """One printed receipt and what it says."""

    country: Country
    text: str
    total: int
    day: date


def printed(minor: int, country: Country) -> str:
    whole, rest = divmod(abs(minor), 100)
    digits = f"{whole:,}".replace(",", country.group)
    return f"{'-' if minor < 0 else ''}{country.unit}{digits}{country.mark}{rest:02}"


@st.composite
def tills(draw: st.DrawFn, *, off_by: int = 0) -> Till:
    country = draw(st.sampled_from(COUNTRIES))
    items = draw(
        st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 300_000)), min_size=1, max_size=9)
    )
    bought = sum(minor for _, minor in items)
    tax = draw(st.integers(1, 30_000))
    on_top = draw(st.booleans())
    with_subtotal = draw(st.booleans())
    total = bought + (tax if on_top else 0)
    day = TODAY - timedelta(days=draw(st.integers(0, 300)))
    lines = ["CORNER SHOP", day.strftime(country.day)]
    lines += [f"{name}   {printed(minor, country)}" for name, minor in items]
    if with_subtotal:
        lines.append(f"{country.subtotal}  {printed(bought, country)}")
    if on_top:
        lines.append(f"{country.tax}  {printed(tax, country)}")
    lines.append(f"{country.total}   {printed(total + off_by, country)}")
    return Till(country, "\n".join(lines), total, day)


def read(till: Till):
    country = till.country
    return read_receipt(till.text, currency=country.currency, today=TODAY, order=country.order)


@given(tills())
def test_what_a_till_prints_is_read_and_adds_up(till: Till) -> None:
    receipt = read(till)
    assert receipt is not None
    assert receipt.total == Money(till.total, till.country.currency)
    assert receipt.adds_up
    assert receipt.day == till.day
    assert receipt.merchant == "CORNER SHOP"


@given(tills(off_by=1))
def test_a_total_that_is_off_by_one_is_never_believed(till: Till) -> None:
    receipt = read(till)
    assert receipt is not None
    assert not receipt.adds_up


@given(st.text(max_size=2_000), st.sampled_from(COUNTRIES))
def test_no_text_breaks_it_and_what_it_says_is_bounded(text: str, country: Country) -> None:
    receipt = read_receipt(text, currency=country.currency, today=TODAY, order=country.order)
    if receipt is not None:
        assert len(receipt.merchant) <= 60
        assert len(receipt.items) <= 60
        assert receipt.total is None or receipt.total.minor > 0
        assert receipt.day is None or TODAY - timedelta(days=366) <= receipt.day <= TODAY


@given(tills(), st.data())
def test_a_digit_misread_in_the_total_is_never_believed(till: Till, data: st.DataObject) -> None:
    *lines, total = till.text.splitlines()
    places = [place for place, sign in enumerate(total) if sign.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([one for one in "123456789" if one != total[place]]))
    misread = "\n".join([*lines, total[:place] + digit + total[place + 1 :]])
    receipt = read(Till(till.country, misread, till.total, till.day))
    assert receipt is not None
    assert not receipt.adds_up or receipt.total == Money(till.total, till.country.currency)
