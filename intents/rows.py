"""Rows of a large array that stay on disk: a message needs a hundred of a hundred thousand.

The system keeps what is read often in its own cache; a process that serves every language so
weighs little more than one that serves none.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

# The fixed part of a member's own header in an archive, and where it tells the lengths of the
# name and the extra field that follow it: APPNOTE.TXT 6.3.10 of the ZIP format, 4.3.7.
_MEMBER_HEADER = 30
_LENGTHS = struct.Struct("<26xHH")


class RowsOnDisk:
    """The rows of one array of an uncompressed ``.npz`` file."""

    def __init__(self, archive: Path, name: str) -> None:
        """Find the array; raise ``KeyError`` where it is not, ``ValueError`` for another layout."""
        self._archive = archive
        with zipfile.ZipFile(archive) as members:
            member = members.getinfo(f"{name}.npy")
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(name)
        with archive.open("rb") as file:
            file.seek(member.header_offset)
            name_length, extra_length = _LENGTHS.unpack(file.read(_MEMBER_HEADER))
            file.seek(name_length + extra_length, os.SEEK_CUR)
            version = npy.read_magic(file)
            shape, by_column, self._dtype = npy.read_array_header_1_0(file)
            self._start = file.tell()
        if version != (1, 0) or by_column or len(shape) != 2:
            raise ValueError(name)
        self.shape: tuple[int, int] = (shape[0], shape[1])
        self._bytes = shape[1] * self._dtype.itemsize

    def take(self, places: Sequence[int]) -> NDArray[Any]:
        """Return the rows at ``places``, in that order; safe from many threads at once."""
        with self._archive.open("rb", buffering=0) as file:
            read = b"".join(
                os.pread(file.fileno(), self._bytes, self._start + place * self._bytes)
                for place in places
            )
        return np.frombuffer(read, self._dtype).reshape(len(places), self.shape[1])
