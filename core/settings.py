"""All configuration, read once: ``FM_`` variables and a ``.env`` file, nothing else."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_MIN_KEY = 32


class SettingsContradict(ValueError):
    """Two settings cannot both hold; the message is the sentence the operator reads."""


class Database(BaseModel):
    """Where the books are."""

    url: str = "sqlite:///var/financemaster.db"

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded mode."""
        return self.url.startswith("sqlite")


class Redis(BaseModel):
    """The bell that wakes workers in production; empty means none."""

    url: str = ""


class Model(BaseModel):
    """The language model; without a key the offline engine answers.

    The second one is asked when the first fails; what it leaves empty is as with the first.
    Prices are dollars for a million tokens; a limit of 0 is none.
    """

    api_key: SecretStr = SecretStr("")
    base_url: str = ""
    name: str = ""
    second_name: str = ""
    second_base_url: str = ""
    second_api_key: SecretStr = SecretStr("")
    consent: Literal["ask", "given"] = "ask"  # given: the operator has every user's word already
    # Of the 12 that a user waits at most; a turn is held for 60.
    turn_seconds: float = Field(11.5, gt=0, le=25)
    call_seconds: float = Field(7.0, gt=0, le=25)
    reply_tokens: int = Field(700, ge=100)
    length_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    user_tokens_a_day: int = Field(500_000, ge=0)
    user_dollars_a_day: Decimal = Field(Decimal(0), ge=0)
    prompt_price: Decimal = Field(Decimal(0), ge=0)
    reply_price: Decimal = Field(Decimal(0), ge=0)

    @property
    def is_on(self) -> bool:
        """Tell whether there is a model to ask: a key, or a server of one's own by name."""
        return bool(self.api_key.get_secret_value() or (self.base_url and self.name))


class Mcp(BaseModel):
    """Whose books ``financemaster mcp`` reads over standard input and output: the user's key."""

    key: SecretStr = SecretStr("")


class Voice(BaseModel):
    """Voice notes: a speech model behind an OpenAI-compatible address; without one they are off.

    With ``demo`` and no model, notes of ``financemaster demo voice-note`` are heard.
    """

    api_key: SecretStr = SecretStr("")
    base_url: str = ""
    name: str = "whisper-1"
    most_seconds: int = Field(120, ge=1, le=600)  # of a recording, where it says how long it is
    most_bytes: int = Field(16_000_000, ge=1_000, le=25_000_000)
    wait_seconds: float = Field(15.0, gt=0, le=25)  # a turn is held for 60
    demo: bool = False

    @property
    def is_on(self) -> bool:
        """Tell whether there is a service to send notes to."""
        return bool(self.api_key.get_secret_value() or self.base_url)


class Receipts(BaseModel):
    """Photos of receipts, and who reads them.

    ``auto``: tesseract where it is installed, else nobody. ``model``: the vision model ``model``
    (empty: that of the language model) at the language model's address.
    """

    reader: Literal["auto", "tesseract", "model", "demo", "none"] = "auto"
    languages: str = Field("eng", pattern=r"[a-z_]{3,10}(\+[a-z_]{3,10})*")
    model: str = ""
    most_bytes: int = Field(12_000_000, ge=1_000, le=30_000_000)
    wait_seconds: float = Field(18.0, gt=0, le=25)  # a turn is held for 60


class Telegram(BaseModel):
    """The Telegram bot; without a token the channel is off."""

    token: SecretStr = SecretStr("")
    base_url: str = "https://api.telegram.org"
    webhook_secret: SecretStr = SecretStr("")
    bot_name: str = ""
    unasked_a_second: int = Field(25, ge=0)  # alerts and the like; Telegram takes 30 in all


class Twilio(BaseModel):
    """SMS and WhatsApp; without an account both are off."""

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    auth_token_next: SecretStr = SecretStr("")
    base_url: str = "https://api.twilio.com"
    sms_from: str = ""
    messaging_service_sid: str = ""
    whatsapp_from: str = ""
    dlt_registered: str = ""  # texts to India that are registered: alert.en,security.en
    unasked_a_second: int = Field(0, ge=0)  # 0: as many as Twilio takes, which queues by itself
    content_base_url: str = "https://content.twilio.com"
    content_ids: dict[str, str] = {}  # templates made by hand: "alert.en" and its HX number


class Mail(BaseModel):
    """Letters: as files in a folder (demo), by SMTP, or none."""

    carrier: Literal["demo", "smtp", "none"] = "demo"
    folder: Path = Path("var/mail")
    sender: str = "FinanceMaster <no-reply@localhost>"
    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _has_a_host(self) -> Mail:
        """Stop the start where letters would go nowhere."""
        if self.carrier == "smtp" and not self.host:
            raise SettingsContradict("FM_MAIL__HOST is missing for FM_MAIL__CARRIER=smtp.")
        return self


class Security(BaseModel):
    """Secrets. ``master_key`` wraps every user's data key; losing it loses the data."""

    master_key: SecretStr = SecretStr("")
    master_key_file: Path = Path("var/master.key")


class Clock(BaseModel):
    """Time, for demos and tests: a fixed moment in ISO 8601."""

    fixed: datetime | None = None


class Demo(BaseModel):
    """Sample households."""

    enabled: bool = True
    max_copies: int = 200


class Rates(BaseModel):
    """Rates between currencies: the ECB's come along; a key adds those of another service."""

    history_from: date = date(2010, 1, 1)
    open_exchange_app_id: SecretStr = SecretStr("")
    open_exchange_base_url: str = "https://openexchangerates.org"


class Prices(BaseModel):
    """Prices of securities: with a key, those of Alpha Vantage; samples have invented ones."""

    alpha_vantage_key: SecretStr = SecretStr("")
    alpha_vantage_base_url: str = "https://www.alphavantage.co"
    alpha_vantage_symbols: int = 25  # how many it is asked for in a day


class Cards(BaseModel):
    """Virtual cards: what the issuer signs its events with; the demo issuer needs none."""

    webhook_secret: SecretStr = SecretStr("")


class Cancellations(BaseModel):
    """Cancelling subscriptions: what the provider signs its words with; the demo needs none."""

    webhook_secret: SecretStr = SecretStr("")


class Payments(BaseModel):
    """Who carries money to people: the demo rail, where no money moves, or nobody."""

    rail: Literal["demo", "none"] = "demo"


class Bank(BaseModel):
    """Who reads accounts at banks: the demo bank, Plaid with its keys, or nobody."""

    provider: Literal["demo", "plaid", "none"] = "demo"
    plaid_client_id: str = ""
    plaid_secret: SecretStr = SecretStr("")
    plaid_base_url: str = "https://production.plaid.com"
    plaid_countries: str = "US"  # ISO 3166 codes, with commas between


class Support(BaseModel):
    """Whom people reach when they want a person; empty means that nobody is named."""

    contact: str = Field("", max_length=80)
    hours: str = Field("", max_length=80)


class Files(BaseModel):
    """Where reports and uploads are kept."""

    folder: Path = Path("var/files")
    max_upload_bytes: int = 30_000_000


class Web(BaseModel):
    """The HTTP server."""

    host: str = "127.0.0.1"
    port: int = 8000
    inline_workers: bool | None = None  # by default on with SQLite and off with Redis
    metrics_token: SecretStr = SecretStr("")  # without one, /metrics answers this machine only
    processes: int = Field(1, ge=1)  # how many there are at most: shares of limits without Redis


class Logs(BaseModel):
    """How much is written to standard error, and as what: a line of text or of JSON."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    form: Literal["text", "json"] = "text"

    @field_validator("level", mode="before")
    @classmethod
    def _in_capitals(cls, level: object) -> object:
        """Take "debug" as well."""
        return level.upper() if isinstance(level, str) else level


class Telemetry(BaseModel):
    """Where traces go: a collector that takes OTLP over HTTP; without one there are none."""

    endpoint: str = ""
    token: SecretStr = SecretStr("")  # sent as a bearer token, where the collector wants one
    share: float = Field(1.0, ge=0.0, le=1.0)  # of the messages that are followed


class Testing(BaseModel):
    """For tests of crashes: the place at which this process ends itself; empty means none."""

    failpoint: str = ""


class Settings(BaseSettings):
    """Everything that can be set, in groups; frozen after the start."""

    model_config = SettingsConfigDict(
        env_prefix="FM_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        frozen=True,
    )

    public_base_url: str = Field("", validation_alias=AliasChoices("FM_PUBLIC_BASE_URL"))
    database: Database = Database()
    redis: Redis = Redis()
    model: Model = Model()
    mcp: Mcp = Mcp()
    voice: Voice = Voice()
    receipts: Receipts = Receipts()
    telegram: Telegram = Telegram()
    twilio: Twilio = Twilio()
    mail: Mail = Mail()
    security: Security = Security()
    clock: Clock = Clock()
    demo: Demo = Demo()
    rates: Rates = Rates()
    prices: Prices = Prices()
    cards: Cards = Cards()
    cancellations: Cancellations = Cancellations()
    payments: Payments = Payments()
    bank: Bank = Bank()
    support: Support = Support()
    files: Files = Files()
    web: Web = Web()
    logs: Logs = Logs()
    telemetry: Telemetry = Telemetry()
    testing: Testing = Testing()

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        """Stop the start on contradictions, each with one sentence."""
        key = self.security.master_key.get_secret_value()
        if key and len(key) < _MIN_KEY:
            raise SettingsContradict(
                f"FM_SECURITY__MASTER_KEY must have at least {_MIN_KEY} characters."
            )
        if self.redis.url and self.database.is_sqlite:
            raise SettingsContradict(
                "FM_REDIS__URL needs PostgreSQL in FM_DATABASE__URL: "
                "SQLite serves one process and needs no Redis."
            )
        if not self.database.is_sqlite and not key:
            raise SettingsContradict(
                "FM_SECURITY__MASTER_KEY is missing: with PostgreSQL every process needs the same."
            )
        if self.twilio.account_sid and not self.twilio.auth_token.get_secret_value():
            raise SettingsContradict("FM_TWILIO__AUTH_TOKEN is missing for FM_TWILIO__ACCOUNT_SID.")
        if self.twilio.account_sid and not self.public_base_url:
            raise SettingsContradict(
                "FM_PUBLIC_BASE_URL is missing: Twilio signs the public address of the webhook."
            )
        if self.bank.provider == "plaid" and not (
            self.bank.plaid_client_id and self.bank.plaid_secret.get_secret_value()
        ):
            raise SettingsContradict(
                "FM_BANK__PLAID_CLIENT_ID and FM_BANK__PLAID_SECRET are missing for "
                "FM_BANK__PROVIDER=plaid."
            )
        if self.clock.fixed is not None and self.clock.fixed.tzinfo is None:
            raise SettingsContradict("FM_CLOCK__FIXED needs a time zone, like +00:00 at its end.")
        return self

    @property
    def inline_workers(self) -> bool:
        """Tell whether the web process also runs the workers."""
        if self.web.inline_workers is not None:
            return self.web.inline_workers
        return not self.redis.url


def load_settings() -> Settings:
    """Read the settings; model key and address fall back to the usual OpenAI variables."""
    settings = Settings()
    key = settings.model.api_key.get_secret_value() or os.environ.get("OPENAI_API_KEY", "")
    base = settings.model.base_url or os.environ.get("OPENAI_BASE_URL", "")
    model = settings.model.model_copy(update={"api_key": SecretStr(key), "base_url": base})
    if settings.receipts.reader == "model" and not model.is_on:
        raise SettingsContradict(
            "FM_MODEL__API_KEY, or FM_MODEL__BASE_URL with FM_MODEL__NAME, is missing for "
            "FM_RECEIPTS__READER=model."
        )
    return settings.model_copy(update={"model": model})


def without_model(settings: Settings) -> Settings:
    """Return the settings of the same installation without its language model."""
    return settings.model_copy(update={"model": Model()})


def fixed_now(settings: Settings) -> datetime | None:
    """Return the fixed moment in UTC, if one is set."""
    return settings.clock.fixed.astimezone(UTC) if settings.clock.fixed else None
