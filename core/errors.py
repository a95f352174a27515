"""The family of expected errors: a stable code and fields, never a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

FieldValue = str | int


class FinanceError(Exception):
    """Something the user or the world did that we foresaw.

    Subclasses set ``code`` (``noun.what``); the sentence a user reads for it is
    ``prompts/<lang>/errors.toml`` under the same key, with ``fields`` as placeholders.
    """

    code: ClassVar[str] = "error.unknown"

    def __init__(self, **fields: FieldValue) -> None:
        """Keep the fields; the message is for logs and holds field names only."""
        super().__init__(f"{self.code} ({', '.join(sorted(fields))})")
        self.fields: Mapping[str, FieldValue] = fields
