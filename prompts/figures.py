"""Writes one fact the way a reader of this locale, on this channel, expects it.

The locale decides separators, grouping and symbols; the phrasebook's language decides the names
of days and months; the profile decides the alphabet (SMS: plain ASCII). Currencies keep the
decimals of the money itself (ISO 4217), never those of the locale data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import cast

from prompts import locales
from prompts.answers import FactLike, MoneyLike, PeriodLike, Words
from prompts.foreign import NAME_LIMIT, clean_link, clean_name

SMS = "sms"
LONG_NAME_LIMIT = 120
# What a bank, a law or a person wrote, shown as evidence, and lines of our own: worth more room.
LONG_NAMES = frozenset(
    {
        *("description", "note", "quote", "line", "question", "understood"),
        *("rule_source", "wash_source", "task"),
    }
)
# A list that our own code made of names already bounded and of figures.
LISTS = frozenset({"points"})
LIST_LIMIT = 900
# What our own code made for tapping.
LINK_NAMES = frozenset({"link", "url"})


@dataclass(frozen=True, slots=True)
class Style:
    """How figures are written for one reader: locale, time zone, today there, channel profile.

    Without ``words``, dates are written in the locale's language and never as "today".
    """

    locale: str
    zone: str
    today: date
    profile: str = "web"
    words: Words | None = None


class Numbered(str):
    """A written count that remembers its number, so that a phrase can choose its plural."""

    number: int

    def __new__(cls, text: str, number: int) -> Numbered:
        """Attach ``number`` to its written form."""
        made = super().__new__(cls, text)
        made.number = number
        return made


def write(fact: FactLike, style: Style, variant: str = "") -> str:
    """Write ``fact`` for ``style``; ``variant`` is ``abs`` (no sign) or ``near`` (today, …)."""
    return _WRITERS[str(fact.kind)](fact, style, variant)


def write_money(value: MoneyLike, style: Style, variant: str = "") -> str:
    """Write an amount: ``-$42.10``, ``₹1,23,456.00``, ``1.234,50 €``; ASCII on SMS."""
    plain = value.plain
    sign, plain = ("-", plain[1:]) if plain[0] == "-" else ("", plain)
    ascii_only = style.profile == SMS
    prefix, suffix = locales.affixes(style.locale, value.currency, ascii_only=ascii_only)
    written = f"{prefix}{_separated(plain, style)}{suffix}"
    return written if variant == "abs" else sign + written


def write_percent(value: Decimal, style: Style, variant: str = "") -> str:
    """Write per cent with at most one decimal, two when one would show nothing."""
    sign = "-" if value < 0 and variant != "abs" else ""
    digits = _separated(_short_decimal(abs(value)), style)
    return f"{sign}{digits}{locales.percent_sign(style.locale)}"


def write_count(value: int, style: Style) -> Numbered:
    """Write a whole number with the locale's grouping."""
    digits = _separated(str(abs(value)), style)
    return Numbered(f"-{digits}" if value < 0 else digits, value)


def write_date(value: date, style: Style, variant: str = "") -> str:
    """Write ``Fri 20 Nov``, with the year when it is another one; ``near`` adds "yesterday"."""
    names = locales.calendar(_language(style))
    text = f"{names.days[value.weekday()]} {value.day} {names.short_months[value.month]}"
    if value.year != style.today.year:
        text += f" {value.year}"
    word = _NEAR.get((value - style.today).days) if variant == "near" else None
    if word is None or style.words is None:
        return text
    spoken = style.words.render(word, {}, style.profile)
    return style.words.render("date.near", {"word": spoken, "date": text}, style.profile)


def short_month(value: date, style: Style) -> str:
    """Write the name of a day's month where there is little room: ``Nov``."""
    return locales.calendar(_language(style)).short_months[value.month]


def write_moment(value: datetime, style: Style) -> str:
    """Write ``12:04`` for today in the reader's zone, else ``Fri 20 Nov 12:04``."""
    local = value.astimezone(locales.zone(style.zone))
    clock = f"{local.hour:02}:{local.minute:02}"
    if local.date() == style.today:
        return clock
    return f"{write_date(local.date(), style)} {clock}"


# What begins before anybody keeps books begins nowhere: "ever".
_ALWAYS = 1970


def write_period(value: PeriodLike, style: Style) -> str:
    """Write ``1-20 Nov``, ``October 2026``, ``Aug-Oct 2026``, ``2025``; "so far" when it runs.

    What reaches back for ever is written by its end: ``up to Thu 14 May``.
    """
    last = value.end - timedelta(days=1)
    if value.start >= last:
        return write_date(value.start, style)
    if value.start.year <= _ALWAYS and style.words is not None:
        return style.words.render("date.up_to", {"date": write_date(last, style)}, style.profile)
    whole = _whole_months(value.start, last, style)
    if not whole:
        return _day_range(value.start, last, style)
    if value.start <= style.today < last and style.words is not None:
        return style.words.render("date.so_far", {"period": whole}, style.profile)
    return whole


def write_days(value: int, style: Style) -> str:
    """Write a number of days (``3 days``)."""
    number = write_count(value, style)
    if style.words is None:
        return number
    return Numbered(style.words.render("date.days", {"days": number}, style.profile), value)


_NEAR = {0: "date.today", -1: "date.yesterday", 1: "date.tomorrow"}


def _write_name(fact: FactLike) -> str:
    if fact.name in LINK_NAMES:
        return clean_link(str(fact.value))
    if fact.name in LISTS:
        return clean_name(str(fact.value), LIST_LIMIT)
    limit = LONG_NAME_LIMIT if fact.name in LONG_NAMES else NAME_LIMIT
    return clean_name(str(fact.value), limit)


def _write_date(fact: FactLike, style: Style, variant: str) -> str:
    if isinstance(fact.value, datetime):
        return write_moment(fact.value, style)
    return write_date(cast(date, fact.value), style, variant)


def _write_duration(fact: FactLike, style: Style) -> str:
    if isinstance(fact.value, int):
        return write_days(fact.value, style)
    return write_period(cast(PeriodLike, fact.value), style)


_WRITERS: dict[str, Callable[[FactLike, Style, str], str]] = {
    "money": lambda fact, style, how: write_money(cast(MoneyLike, fact.value), style, how),
    "percent": lambda fact, style, how: write_percent(cast(Decimal, fact.value), style, how),
    "count": lambda fact, style, _: write_count(cast(int, fact.value), style),
    "date": _write_date,
    "duration": lambda fact, style, _: _write_duration(fact, style),
    "name": lambda fact, _style, _how: _write_name(fact),
}


def _separated(plain: str, style: Style) -> str:
    """Put the locale's separators into ``1234.50``."""
    form = locales.digits(style.locale, ascii_only=style.profile == SMS)
    whole, point, fraction = plain.partition(".")
    if len(whole) > form.primary:
        head, parts = whole[: -form.primary], [whole[-form.primary :]]
        while head:
            parts.append(head[-form.secondary :])
            head = head[: -form.secondary]
        whole = form.group.join(reversed(parts))
    return f"{whole}{form.decimal}{fraction}" if point else whole


def _short_decimal(value: Decimal) -> str:
    """Write a magnitude with one decimal, none when it is whole, two when one would be zero."""
    step = Decimal("0.01") if 0 < value < Decimal("0.05") else Decimal("0.1")
    plain = f"{value.quantize(step, rounding=ROUND_HALF_EVEN):f}"
    return plain.rstrip("0").rstrip(".")


def _whole_months(start: date, last: date, style: Style) -> str:
    """Write a span of whole months or one whole year; "" when it is neither."""
    if start.day != 1 or (last + timedelta(days=1)).day != 1:
        return ""
    names = locales.calendar(_language(style))
    short = names.short_months
    if (start.month, last.month) == (1, 12) and start.year == last.year:
        return str(start.year)
    if (start.year, start.month) == (last.year, last.month):
        running = start <= style.today <= last
        return f"{(short if running else names.months)[start.month]} {start.year}"
    if start.year == last.year:
        return f"{short[start.month]}-{short[last.month]} {start.year}"
    return f"{short[start.month]} {start.year} - {short[last.month]} {last.year}"


def _day_range(start: date, last: date, style: Style) -> str:
    """Write first and last day, naming month and year once where they are the same."""
    months = locales.calendar(_language(style)).short_months
    year = "" if start.year == last.year == style.today.year else f" {last.year}"
    end = f"{last.day} {months[last.month]}{year}"
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}-{end}"
    first = f"{start.day} {months[start.month]}"
    if start.year != last.year:
        first += f" {start.year}"
    return f"{first} - {end}"


def _language(style: Style) -> str:
    """Return the locale that names days and months: the words' language comes first."""
    if style.words is None or style.locale.startswith(style.words.lang):
        return style.locale
    return style.words.lang
