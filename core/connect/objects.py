"""Where files lie: one port, and a folder behind it."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from core.errors import FinanceError

_log = logging.getLogger(__name__)

# Slash-separated names that begin with a letter or digit: no dots first, no way upwards.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")
_KEY_LENGTH = 120
_OWNER_ONLY_FOLDER = 0o700


class ObjectMissing(FinanceError):
    """No object has this key."""

    code = "object.missing"


class ObjectKeyUnsafe(FinanceError):
    """The key could lead out of the store, or is too long."""

    code = "object.key_unsafe"


class ObjectNotKept(FinanceError):
    """There is no room for the object, or its place cannot be written; nothing of it was kept."""

    code = "object.not_kept"


class ObjectStore(Protocol):
    """Keeps bytes under a key; writing a key again replaces the whole object."""

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``, completely or not at all; raise `ObjectNotKept`."""
        ...

    def get(self, key: str) -> bytes:
        """Return the bytes under ``key``; raise `ObjectMissing`."""
        ...

    def delete(self, key: str) -> None:
        """Remove ``key``; nothing happens when it is not there."""
        ...

    def under(self, prefix: str) -> tuple[str, ...]:
        """Return the keys in one folder, in order; none when there is no such folder."""
        ...


class FolderObjectStore:
    """Objects as files below one folder, readable by their owner alone."""

    def __init__(self, folder: Path) -> None:
        """Keep objects below ``folder``, which is made when the first one is put."""
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        """Write beside the target and rename: a reader sees the old bytes or the new ones."""
        target = self._path(key)
        try:
            self._write(target, content)
        except OSError as error:
            _log.error("object_not_kept", extra={"errno": error.errno, "size": len(content)})
            raise ObjectNotKept from error

    @staticmethod
    def _write(target: Path, content: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY_FOLDER)
        number, draft = tempfile.mkstemp(dir=target.parent, prefix=".draft-")  # mode 0600
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise

    def get(self, key: str) -> bytes:
        """Return the bytes under ``key``; raise `ObjectMissing`."""
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            raise ObjectMissing(key=key) from None

    def delete(self, key: str) -> None:
        """Remove ``key``; nothing happens when it is not there."""
        self._path(key).unlink(missing_ok=True)

    def under(self, prefix: str) -> tuple[str, ...]:
        """Return the keys in one folder, in order; a draft that was never finished is none."""
        found = self._path(f"{prefix.rstrip('/')}/x").parent.glob("*")
        return tuple(
            sorted(
                f"{prefix.rstrip('/')}/{path.name}"
                for path in found
                if path.is_file() and not path.name.startswith(".")
            )
        )

    def _path(self, key: str) -> Path:
        if len(key) > _KEY_LENGTH or not _KEY.fullmatch(key):
            raise ObjectKeyUnsafe(key=key[:40])
        path = self._folder / key
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise ObjectKeyUnsafe(key=key[:40])  # a symbolic link inside the folder
        return path
