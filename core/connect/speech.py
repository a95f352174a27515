"""The port to whoever writes down what was said in a recording."""

from __future__ import annotations

from typing import Protocol

from core.connect.sound import Sound
from core.errors import FinanceError


class SpeechUnavailable(FinanceError):
    """The service did not answer in time, or not with words; ``fault`` says why, for logs."""

    code = "voice.unavailable"

    def __init__(self, fault: str = "") -> None:
        """Keep the fault for logs; it is no field of the sentence."""
        super().__init__()
        self.fault = fault


class SpeechUnreadable(FinanceError):
    """The recording is in no format that can be read."""

    code = "voice.unreadable"


class Transcriber(Protocol):
    """Writes down what was said."""

    @property
    def name(self) -> str:
        """Return the name of the model or the service."""
        ...

    @property
    def is_demo(self) -> bool:
        """Tell whether it only acts as if it heard."""
        ...

    def transcribe(self, sound: Sound, *, seconds: float) -> str:
        """Return the words within ``seconds``, "" when there are none.

        Raises `SpeechUnavailable` or `SpeechUnreadable`. Call it with no transaction open.
        """
        ...
