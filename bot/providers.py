"""From settings to the outside services behind their ports; what is off is never imported."""

from __future__ import annotations

from core.clock import Clock
from core.connect.bank_feed import BankFeed
from core.connect.ecb_history import EcbHistory
from core.connect.mail import MailCarrier
from core.connect.prices import PriceSource
from core.connect.rates import RateSource
from core.connect.simulated_bank import SimulatedBank
from core.connect.simulated_prices import SimulatedPrices
from core.settings import Settings

# Where Plaid posts what has come about.
BANK_HOOK = "/hooks/plaid"


def banks(settings: Settings, clock: Clock) -> dict[str, BankFeed]:
    """Return who reads accounts at banks, by name."""
    if settings.bank.provider == "demo":
        return {"demo": SimulatedBank(clock.now)}
    if settings.bank.provider == "none":
        return {}
    from core.connect.plaid import Plaid

    chosen = settings.bank
    countries = tuple(code.strip().upper() for code in chosen.plaid_countries.split(","))
    secret = chosen.plaid_secret.get_secret_value()
    base = settings.public_base_url.rstrip("/")
    webhook = f"{base}{BANK_HOOK}" if base.startswith("https:") else ""
    keys = chosen.plaid_client_id, secret
    return {"plaid": Plaid(chosen.plaid_base_url, *keys, countries, webhook=webhook)}


def rate_sources(settings: Settings) -> tuple[RateSource, ...]:
    """Return who is asked for rates: the ECB's history, and a service if there is a key for it."""
    sources: tuple[RateSource, ...] = (EcbHistory(settings.rates.history_from),)
    key = settings.rates.open_exchange_app_id.get_secret_value()
    if key:
        # An adapter that is off is never imported, nor is its HTTP client.
        from core.connect.open_exchange_rates import OpenExchangeRates

        sources += (OpenExchangeRates(settings.rates.open_exchange_base_url, key),)
    return sources


def price_sources(settings: Settings) -> tuple[PriceSource, ...]:
    """Return who is asked for prices: the simulator, for samples, and a service with a key."""
    sources: tuple[PriceSource, ...] = (SimulatedPrices(),)
    key = settings.prices.alpha_vantage_key.get_secret_value()
    if key:
        from core.connect.alpha_vantage import AlphaVantage

        chosen = settings.prices
        sources += (AlphaVantage(chosen.alpha_vantage_base_url, key, chosen.alpha_vantage_symbols),)
    return sources


def listed(text: str) -> frozenset[str]:
    """Read a setting that is a list with commas."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def mail_carrier(settings: Settings, clock: Clock) -> MailCarrier | None:
    """Return who carries letters: the demo's folder, an SMTP server, or nobody."""
    mail = settings.mail
    if mail.carrier == "smtp":
        from core.connect.smtp_mail import SmtpMail, SmtpServer

        password = mail.password.get_secret_value()
        server = SmtpServer(
            mail.host, mail.port, mail.security, mail.username, password, mail.sender
        )
        return SmtpMail(server, clock.now)
    if mail.carrier == "demo":
        from core.connect.folder_mail import FolderMail

        return FolderMail(mail.folder, mail.sender, clock.now)
    return None
