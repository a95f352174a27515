"""How fast may be sent unasked over each channel, so that answers always find room."""

from __future__ import annotations

from collections.abc import Mapping

from core.messaging.address import ChannelName
from core.rate_limits import Limit, Limiters, RateLimiter

_EVERYBODY = "all"


class Pace:
    """Keeps alerts, summaries and reports below what a provider takes in a second."""

    def __init__(self, limiters: Limiters, a_second: Mapping[ChannelName, int]) -> None:
        """Let so many a second through by channel; 0, or none named, is no limit."""
        self._limits: dict[ChannelName, RateLimiter] = {
            channel: limiters(Limit(f"send.{channel.value}", most, 1.0))
            for channel, most in a_second.items()
            if most > 0
        }

    def wait(self, channel: ChannelName) -> int:
        """Count a message and return 0, or return the seconds until there is room for it."""
        limit = self._limits.get(channel)
        return limit.wait(_EVERYBODY) if limit is not None else 0
