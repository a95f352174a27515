"""The port to whoever reads the text in a photo."""

from __future__ import annotations

from typing import Protocol

from core.connect.picture import Picture
from core.errors import FinanceError


class ReaderUnavailable(FinanceError):
    """The reader did not answer in time, or broke; ``fault`` says why, for logs."""

    code = "receipt.unavailable"

    def __init__(self, fault: str = "") -> None:
        """Keep the fault for logs; it is no field of the sentence."""
        super().__init__()
        self.fault = fault


class PictureUnreadable(FinanceError):
    """The file is no picture that can be read."""

    code = "receipt.no_picture"


class PictureIsHeic(FinanceError):
    """The photo is in the form that iPhones keep theirs in, which nothing here unfolds."""

    code = "receipt.heic"


class TextReader(Protocol):
    """Reads the text in a photo, line by line."""

    @property
    def name(self) -> str:
        """Return the name of the program or the model."""
        ...

    @property
    def leaves(self) -> bool:
        """Tell whether the photo leaves this machine."""
        ...

    @property
    def is_demo(self) -> bool:
        """Tell whether it only acts as if it read."""
        ...

    def read(self, picture: Picture, *, seconds: float) -> str:
        """Return the text within ``seconds``, "" when there is none.

        Raises `ReaderUnavailable` or `PictureUnreadable`. Call it with no transaction open.
        """
        ...
