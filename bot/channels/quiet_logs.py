"""Keeps bot tokens, phone numbers and message text out of the client libraries' own logs."""

from __future__ import annotations

import logging

# httpx writes every URL at INFO, and Telegram's URLs hold the bot token; Twilio's client writes
# account and phone numbers; on a broken answer Telegram's client quotes the whole body.
_LEVELS = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx2": logging.WARNING,  # the language model's client, with the address of its server
    "httpcore2": logging.WARNING,
    "openai": logging.WARNING,
    "urllib3": logging.WARNING,
    "telegram": logging.WARNING,
    "telegram.request.BaseRequest": logging.CRITICAL,
    "twilio.http_client": logging.WARNING,
}


def quiet_client_logs() -> None:
    """Raise the level of the noisy loggers; call it first at start, and it is safe to repeat."""
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
