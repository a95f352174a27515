"""Writes down recordings through an OpenAI-compatible address (``/audio/transcriptions``)."""

from __future__ import annotations

import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.llm.bounded import Bounded
from bot.llm.breaker import ModelBreaker
from bot.llm.chat import Fault, ModelUnavailable
from core.connect.sound import Sound
from core.connect.speech import SpeechUnavailable, SpeechUnreadable

if TYPE_CHECKING:
    from openai import OpenAI

# A server without keys still wants the header.
_NO_KEY = "none"
_LEAST_SECONDS = 0.3
_TRIES = 2
_ENOUGH_SECONDS = 2.0
# A connection that had gone stale, a server between two releases: the next try often goes through.
_FLEETING = frozenset({Fault.CONNECTION, Fault.SERVER})


class OpenAISpeech:
    """Asks one speech model; thread-safe. Nothing is loaded or opened before the first note."""

    def __init__(self, name: str, base_url: str, api_key: str) -> None:
        """Ask the model ``name`` at ``base_url`` (empty: OpenAI's own)."""
        self._name = name
        self._base_url = base_url
        self._api_key = api_key
        self._calls: Bounded[str] = Bounded(name)
        self.breaker = ModelBreaker()
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._name

    @property
    def is_demo(self) -> bool:
        """It hears."""
        return False

    def transcribe(self, sound: Sound, *, seconds: float) -> str:
        """Return the words of a recording; once more after a fault that passes."""
        until = time.monotonic() + seconds
        fault = Fault.RESTING
        for _ in range(_TRIES):
            left = until - time.monotonic()
            if self.breaker.is_open or left < _LEAST_SECONDS:
                break
            try:
                words = self._calls.run(lambda end: self._asked(sound, end), seconds=left)
            except ModelUnavailable as unavailable:
                fault = unavailable.fault
                self.breaker.failed(fault)
                if fault in _FLEETING and until - time.monotonic() > _ENOUGH_SECONDS:
                    continue
                break
            self.breaker.succeeded()
            return words
        if fault is Fault.REJECTED:
            raise SpeechUnreadable
        raise SpeechUnavailable(fault.value)

    @cached_property
    def _client(self) -> OpenAI:
        from openai import OpenAI  # noqa: PLC0415 (half a second of loading)

        return OpenAI(
            api_key=self._api_key or _NO_KEY, base_url=self._base_url or None, max_retries=0
        )

    def _asked(self, sound: Sound, until: float) -> str:
        with self._loading:
            client = self._client
        said: Any = client.audio.transcriptions.create(
            model=self._name,
            file=(f"note.{sound.ending}", sound.content, sound.media_type),
            response_format="json",
            timeout=max(_LEAST_SECONDS, until - time.monotonic()),
        )
        # Some servers answer with the bare words whatever they were asked for.
        text = said if isinstance(said, str) else said.text
        if not isinstance(text, str):
            raise TypeError("a transcription without words")
        return text.strip()
