"""Reads photos with a vision model behind an OpenAI-compatible address.

The model only copies text; what it copies is foreign text like any other, and its figures are
believed only as far as they come out (`core.statements.receipt`).
"""

from __future__ import annotations

import base64
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.llm.bounded import Bounded
from bot.llm.breaker import ModelBreaker
from bot.llm.chat import Fault, ModelUnavailable
from bot.llm.openai_chat import Endpoint
from core.connect.picture import Picture
from core.connect.text_reader import PictureUnreadable, ReaderUnavailable
from prompts.told import FIRST, RECEIPT, told

if TYPE_CHECKING:
    from openai import OpenAI

_NO_KEY = "none"
_LEAST_SECONDS = 0.3
_MOST_TEXT = 8_000
# What the prompt has it answer where there is no text to copy.
_NOTHING = "NONE"


class OpenAIVision:
    """Asks one vision model; thread-safe. Nothing is loaded or opened before the first photo."""

    def __init__(self, place: Endpoint) -> None:
        """Ask the model at ``place``."""
        self._place = place
        self._calls: Bounded[str] = Bounded(place.name)
        self._breaker = ModelBreaker()
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._place.name

    @property
    def leaves(self) -> bool:
        """The photo goes to the model."""
        return True

    @property
    def is_demo(self) -> bool:
        """It reads."""
        return False

    def read(self, picture: Picture, *, seconds: float) -> str:
        """Return the text that the model copied from a photo."""
        if self._breaker.is_open:
            raise ReaderUnavailable(Fault.RESTING.value)
        try:
            text = self._calls.run(lambda end: self._asked(picture, end), seconds=seconds)
        except ModelUnavailable as unavailable:
            self._breaker.failed(unavailable.fault)
            if unavailable.fault is Fault.REJECTED:
                raise PictureUnreadable from None
            raise ReaderUnavailable(unavailable.fault.value) from None
        self._breaker.succeeded()
        return "" if text.strip(" .") == _NOTHING else text[:_MOST_TEXT]

    @cached_property
    def _client(self) -> OpenAI:
        from openai import OpenAI  # noqa: PLC0415 (half a second of loading)

        place = self._place
        return OpenAI(
            api_key=place.api_key or _NO_KEY, base_url=place.base_url or None, max_retries=0
        )

    def _asked(self, picture: Picture, until: float) -> str:
        with self._loading:
            client = self._client
        shown = base64.b64encode(picture.content).decode()
        place: Any = {"url": f"data:{picture.media_type};base64,{shown}"}
        said = client.chat.completions.create(
            model=self._place.name,
            messages=[
                {"role": "system", "content": told(RECEIPT, FIRST).text},
                {"role": "user", "content": [{"type": "image_url", "image_url": place}]},
            ],
            extra_body={self._place.length_field: self._place.most_tokens},
            timeout=max(_LEAST_SECONDS, until - time.monotonic()),
        )
        text = said.choices[0].message.content
        if not isinstance(text, str):
            raise TypeError("an answer without words")
        return text.strip().strip("`").strip()
