"""How one user wants it: language, money, time zone, calendar and quiet hours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time

from core.errors import FinanceError
from core.money import exponent
from core.period import Calendar, today_in, zone_of
from core.schedules.leads import LONGEST_LEAD, USUAL_LEADS


class PreferenceUnreadable(FinanceError):
    """The value does not have the form that this preference needs."""

    code = "preferences.unreadable"


class PreferenceOutOfRange(FinanceError):
    """The number lies outside what this preference allows."""

    code = "preferences.out_of_range"


class QuietHoursUnclear(FinanceError):
    """Quiet hours need a beginning and a different end."""

    code = "preferences.quiet_hours"


# Where a user may want to be told things.
CHANNELS = ("telegram", "whatsapp", "sms", "web", "email")
_FORMS = {
    "locale": re.compile(r"[a-z]{2,3}(_[A-Z]{2}|_\d{3})?"),
    "country": re.compile(r"[A-Z]{2}"),
    "language": re.compile(r"[a-z]{2,3}"),
    "model_use": re.compile(r"undecided|off|agreed-\d{1,3}"),
    "channel": re.compile("|".join(("any", *CHANNELS))),
}
# The version of the text that is agreed to; a new one asks everybody anew.
CONSENT_VERSION = 2
# More than that a day is the same as any number.
MOST_ALERTS = 50
_LARGEST = 10**12
_RANGES = {
    "week_start": (0, 6),
    "month_start_day": (1, 31),
    "fiscal_start_month": (1, 12),
    "pay_day": (1, 31),
    "summary_hour": (0, 23),
    "report_day": (1, 28),
    "recap_day": (0, 6),
    "alerts_a_day": (1, MOST_ALERTS),
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """One user's settings; each has a value that works before anybody is asked.

    ``week_start`` 0 is Monday. ``month_start_day`` and ``pay_day`` may be 31 and then fall on the
    last day of a shorter month; ``report_day`` stops at 28, so that every month has it;
    None means no monthly report.
    ``summary_hour`` None means no daily line. Quiet hours may cross midnight. Bills are reminded
    of ``bill_lead_days`` before they are due; with none of them, never. ``model_use`` is the
    user's word on a language model: undecided, off, or agreed to a version of the text.
    ``alerts_a_day`` is how many messages with alerts a day may bring, security aside; None is any
    number. ``recap_day`` is when the week is told, 0 is Monday, None never. With ``only_news``
    a summary with nothing in it is not sent. ``large_charge`` is the mark in minor units of
    ``currency`` from which on each charge is told; None is no mark.
    ``channel`` is where to be told what was not asked for ("any": where the user writes lately),
    and with ``fallback`` another linked chat is told when that one cannot be reached.
    """

    locale: str = "en_US"
    zone: str = "UTC"
    currency: str = "USD"
    country: str = "US"
    language: str = "en"
    week_start: int = 0
    month_start_day: int = 1
    fiscal_start_month: int = 1
    pay_day: int | None = None
    summary_hour: int | None = 8
    report_day: int | None = 1
    quiet_from: time | None = None
    quiet_until: time | None = None
    bill_lead_days: tuple[int, ...] = USUAL_LEADS
    model_use: str = "undecided"
    alerts_a_day: int | None = 4
    recap_day: int | None = 0
    only_news: bool = False
    large_charge: int | None = None
    channel: str = "any"
    fallback: bool = True

    def __post_init__(self) -> None:
        """Refuse a value that would only fail later, at night, in a worker."""
        zone_of(self.zone)
        exponent(self.currency)
        for name, form in _FORMS.items():
            value = getattr(self, name)
            if not form.fullmatch(value):
                raise PreferenceUnreadable(name=name, value=value[:20])
        for name, (low, high) in _RANGES.items():
            number = getattr(self, name)
            if number is not None and not low <= number <= high:
                raise PreferenceOutOfRange(name=name, low=low, high=high)
        self._check_quiet_hours()
        if self.large_charge is not None and self.large_charge <= 0:
            raise PreferenceOutOfRange(name="large_charge", low=1, high=_LARGEST)
        if any(not 0 <= days <= LONGEST_LEAD for days in self.bill_lead_days):
            raise PreferenceOutOfRange(name="bill_lead_days", low=0, high=LONGEST_LEAD)

    def _check_quiet_hours(self) -> None:
        one_sided = (self.quiet_from is None) != (self.quiet_until is None)
        if one_sided or (self.quiet_from is not None and self.quiet_from == self.quiet_until):
            raise QuietHoursUnclear

    @property
    def agreed_to_model(self) -> bool:
        """Tell whether the user agreed to what is said of a language model today."""
        return self.model_use == f"agreed-{CONSENT_VERSION}"

    def lets_out(self, *, given: bool) -> bool:
        """Tell whether what the user sends or asks may go to a service outside.

        ``given``: the operator has everybody's consent, or nothing leaves. A user's no stands.
        """
        return self.agreed_to_model or (given and self.model_use != "off")

    @property
    def calendar(self) -> Calendar:
        """How this user divides time."""
        return Calendar(
            self.week_start, self.month_start_day, self.fiscal_start_month, self.pay_day
        )

    def today(self, now: datetime) -> date:
        """Return the date on this user's wall calendar at the moment ``now``."""
        return today_in(self.zone, now)
