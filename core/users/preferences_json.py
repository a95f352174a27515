"""Preferences as JSON values, for the user's row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import time
from typing import Any

from core.stored import known
from core.users.preferences import Preferences

_TIMES = ("quiet_from", "quiet_until")


def preferences_to_json(preferences: Preferences) -> dict[str, Any]:
    """Write preferences as plain JSON values."""
    data = asdict(preferences)
    for name in _TIMES:
        data[name] = data[name].isoformat(timespec="minutes") if data[name] else None
    return data


def preferences_from_json(data: Mapping[str, Any]) -> Preferences:
    """Read what `preferences_to_json` wrote; names we no longer know are left out."""
    values = known(Preferences, data)
    for name in _TIMES:
        if values.get(name):
            values[name] = time.fromisoformat(values[name])
    if "bill_lead_days" in values:
        values["bill_lead_days"] = tuple(values["bill_lead_days"])
    return Preferences(**values)
