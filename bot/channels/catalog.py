"""From plain settings to the channels that are on; what is off is never even imported."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.channels.inbound import InboundAdapter
from core.connect.breaker import Guarded
from core.connect.mail import MailCarrier
from core.messaging.address import ChannelName
from core.messaging.channel import Channel, FileSource
from core.messaging.outbound import Attachment

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramBot

STATUS_PATH = "/hooks/twilio/status"


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """How the Telegram bot is reached; without a webhook secret it can only poll and send."""

    token: str
    base_url: str = "https://api.telegram.org"
    webhook_secret: str = ""


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """The Twilio account and its senders; a sender left empty is a channel that is off.

    ``auth_tokens``: the current one first; the next or the previous one beside it while it is
    being changed. A sender is a number or a Messaging Service (``MG...``).
    """

    account_sid: str
    auth_tokens: tuple[str, ...]
    base_url: str = "https://api.twilio.com"
    sms_from: str = ""
    whatsapp_from: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the channels need of the rest: our public address, files, and who carries letters."""

    public_base_url: str
    load_file: Callable[[Attachment], bytes]
    sign_link: Callable[[Attachment], str]
    mail: MailCarrier | None = None


@dataclass(slots=True)
class Catalog:
    """The channels that are on: ways out, ways in, and files that wait at providers.

    ``lines`` are the clients of their providers, which leave one alone that is away.
    """

    channels: dict[ChannelName, Channel] = field(default_factory=dict)
    adapters: list[InboundAdapter] = field(default_factory=list)
    files: dict[ChannelName, FileSource] = field(default_factory=dict)
    telegram_bot: TelegramBot | None = None
    lines: list[Guarded] = field(default_factory=list)
    closing: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Close every connection and end every thread."""
        self.closing.close()


def open_catalog(
    *, telegram: TelegramSettings | None, twilio: TwilioSettings | None, outside: Outside
) -> Catalog:
    """Open the channels that have credentials."""
    catalog = Catalog()
    if telegram is not None:
        _add_telegram(catalog, telegram, outside)
    if twilio is not None:
        _add_twilio(catalog, twilio, outside)
    if outside.mail is not None:
        from bot.channels.email import EmailChannel

        catalog.channels[ChannelName.EMAIL] = EmailChannel(
            outside.mail, load_file=outside.load_file
        )
    return catalog


def _add_telegram(catalog: Catalog, settings: TelegramSettings, outside: Outside) -> None:
    from bot.channels.telegram import TelegramBot, TelegramChannel
    from bot.channels.telegram_files import TelegramFiles
    from bot.channels.telegram_updates import TelegramWebhook

    bot = TelegramBot(settings.token, base_url=settings.base_url)
    channel = TelegramChannel(bot, load_file=outside.load_file)
    catalog.closing.callback(bot.close)
    catalog.telegram_bot = bot
    catalog.lines.append(bot)
    catalog.channels[channel.name] = channel
    catalog.files[channel.name] = TelegramFiles(bot)
    if settings.webhook_secret:
        catalog.adapters.append(TelegramWebhook(settings.webhook_secret, channel.answer_press))


def _add_twilio(catalog: Catalog, settings: TwilioSettings, outside: Outside) -> None:
    from bot.channels.sms import SmsChannel, parse_sms
    from bot.channels.twilio_client import (
        TwilioAccount,
        TwilioMessages,
        TwilioVerifier,
        TwilioWebhook,
    )
    from bot.channels.twilio_form import parse_status
    from bot.channels.twilio_media import TwilioMedia
    from bot.channels.twilio_send import TwilioSender
    from bot.channels.whatsapp import WhatsAppChannel, parse_whatsapp

    account = TwilioAccount(settings.account_sid, settings.auth_tokens, settings.base_url)
    base = outside.public_base_url.rstrip("/")
    messages = TwilioMessages(account)
    media = TwilioMedia(account)
    catalog.closing.callback(messages.close)
    catalog.lines.append(messages)
    catalog.closing.callback(media.close)
    verifier = TwilioVerifier(account, public_base_url=base)
    status_url = f"{base}{STATUS_PATH}"
    catalog.adapters.append(TwilioWebhook(STATUS_PATH, verifier, parse_status))
    if settings.sms_from:
        sender = TwilioSender(settings.sms_from, status_url)
        sms = SmsChannel(messages, sender, sign_link=outside.sign_link)
        catalog.channels[sms.name] = sms
        catalog.files[sms.name] = media
        catalog.adapters.append(TwilioWebhook("/hooks/twilio/sms", verifier, parse_sms))
    if settings.whatsapp_from:
        sender = TwilioSender(_whatsapp_source(settings.whatsapp_from), status_url)
        whatsapp = WhatsAppChannel(messages, sender, sign_link=outside.sign_link)
        catalog.channels[whatsapp.name] = whatsapp
        catalog.files[whatsapp.name] = media
        catalog.adapters.append(TwilioWebhook("/hooks/twilio/whatsapp", verifier, parse_whatsapp))


def _whatsapp_source(source: str) -> str:
    """Write a bare number as Twilio wants it; a Messaging Service stays as it is."""
    is_complete = source.startswith(("MG", "whatsapp:"))
    return source if is_complete else f"whatsapp:{source}"
