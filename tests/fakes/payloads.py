"""Reads the raw requests in ``tests/payloads``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parents[1] / "payloads"


def telegram_update(name: str) -> dict[str, Any]:
    """Return a Telegram update by its file name."""
    update: dict[str, Any] = json.loads((_FOLDER / "telegram" / f"{name}.json").read_text())
    return update


def twilio_body(name: str) -> bytes:
    """Return the body of a Twilio request by its file name."""
    return (_FOLDER / "twilio" / f"{name}.form").read_bytes().strip()


def all_names(provider: str) -> list[str]:
    """Return the names of every request of one provider."""
    return sorted(path.stem for path in (_FOLDER / provider).iterdir())
