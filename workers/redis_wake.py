"""Bells over Redis: rings in one process are heard in all. Losing Redis costs a second."""

from __future__ import annotations

import threading

import redis
from redis.exceptions import RedisError

from core.wake import Wake
from workers.ringer import Ringer

CHANNEL = "financemaster:bells"
_CONNECT_SECONDS = 0.25
_ANSWER_SECONDS = 0.5
# After a failure the ear rests for this long.
_REST_SECONDS = 5.0
_LISTEN_SECONDS = 1.0


class RedisWake:
    """A `Wake` that rings here at once and, through Redis, everywhere else; never raises."""

    def __init__(self, url: str, here: Wake) -> None:
        """Ring ``here`` first; then publish to the Redis server at ``url``."""
        self._here = here
        self._client = redis.Redis.from_url(
            url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS
        )
        self._ringer = Ringer(self._publish)

    def ring(self, job: str) -> None:
        """Wake whoever runs ``job``, here and elsewhere."""
        self._here.ring(job)
        self._ringer.ring(job)

    def close(self) -> None:
        """Close the connections."""
        self._ringer.close()
        self._client.close()

    def _publish(self, job: str) -> None:
        self._client.publish(CHANNEL, job)


class RedisEar:
    """Hears the rings of other processes and passes them to the bells of this one."""

    def __init__(self, url: str, here: Wake) -> None:
        """Listen at ``url`` for ``here``."""
        self._here = here
        self._client = redis.Redis.from_url(
            url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_REST_SECONDS
        )
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="redis-ear", daemon=True)

    def start(self) -> None:
        """Start listening."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._thread.join(_REST_SECONDS)
        self._client.close()

    def wait_until_listening(self, seconds: float) -> bool:
        """Tell whether the subscription stands, waiting for it for a while."""
        return self._ready.wait(seconds)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (RedisError, OSError):
                self._ready.clear()
                self._stop.wait(_REST_SECONDS)

    def _listen(self) -> None:
        with self._client.pubsub() as ear:  # type: ignore[no-untyped-call]  # untyped in redis-py
            ear.subscribe(CHANNEL)
            while not self._stop.is_set():
                message = ear.get_message(timeout=_LISTEN_SECONDS)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    self._ready.set()
                elif message["type"] == "message":
                    self._here.ring(message["data"].decode("utf-8", "replace")[:40])
