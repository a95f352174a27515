"""Limits over all processes, counted in Redis; without it each process keeps to its own share."""

from __future__ import annotations

import hashlib
import itertools
import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace

import redis
from redis.exceptions import RedisError

from core.rate_limits import Limit, LocalLimiter, RateLimiter

_log = logging.getLogger(__name__)

_CONNECT_SECONDS = 0.25
_ANSWER_SECONDS = 0.25
# After a failure nobody asks for this long: a request waits for Redis once, not each time.
_REST_SECONDS = 5.0
_PREFIX = "financemaster:limit"

# By the server's own clock, so that processes on several machines agree. Milliseconds to wait.
_TAKE = """
local at = redis.call('TIME')
local now = at[1] * 1000000 + at[2]
local span = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - span)
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000))
  return 0
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
return math.max(1, math.ceil((first + span - now) / 1000))
"""


class RedisLimiters:
    """Makes limiters that share their counts through one Redis."""

    def __init__(
        self, url: str, *, processes: int, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """Count at ``url``; while it is away, each of ``processes`` lets its share through."""
        self._client = redis.Redis.from_url(
            url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS
        )
        self._take = self._client.register_script(_TAKE)
        self._processes = max(1, processes)
        self._ticks = ticks
        self._away_until = 0.0
        # Members of a window are told apart by who counted them, and the how-manieth it was.
        self._counted = itertools.count()
        self._who = f"{os.getpid()}-{os.urandom(4).hex()}"

    def __call__(self, limit: Limit) -> RateLimiter:
        """Return a limiter for ``limit``."""
        share = replace(limit, most=max(1, limit.most // self._processes))
        return SharedLimiter(self, limit, LocalLimiter(share))

    def take(self, limit: Limit, subject: str) -> int | None:
        """Count an event for everybody: milliseconds to wait, nothing while Redis is away.

        A subject is kept as a hash: Redis learns no address and no user.
        """
        if self._ticks() < self._away_until:
            return None
        digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
        key = f"{_PREFIX}:{limit.name}:{digest}"
        member = f"{self._who}-{next(self._counted)}"
        try:
            span = round(limit.seconds * 1_000_000)
            found = self._take(keys=[key], args=[limit.most, span, member])
        except (RedisError, OSError):
            self._away_until = self._ticks() + _REST_SECONDS
            _log.warning("limits_are_counted_here")
            return None
        return int(str(found))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class SharedLimiter:
    """Counts one limit for everybody; what it lets through counts here too, should Redis go."""

    def __init__(self, limiters: RedisLimiters, limit: Limit, here: LocalLimiter) -> None:
        """Ask ``limiters``, and ``here`` while they do not answer."""
        self._limiters = limiters
        self._limit = limit
        self._here = here

    def wait(self, subject: str) -> int:
        """Count an event and return 0, or return how many whole seconds to wait for the next."""
        millis = self._limiters.take(self._limit, subject)
        if millis is None:
            return self._here.wait(subject)
        if millis == 0:
            self._here.note(subject)
        return math.ceil(millis / 1000)
