"""Reads photos with the tesseract program of this machine, as a process with bounds.

The picture goes in through a pipe and text comes out: no file, no network. A shell's ``ulimit``
bounds memory and processor time, for a crafted picture is foreign input to a large C++ program.
"""

from __future__ import annotations

import shutil
import subprocess
import threading

from core.connect.picture import Picture
from core.connect.text_reader import PictureUnreadable, ReaderUnavailable

_PROGRAM = "tesseract"
_MOST_AT_ONCE = 2
_MOST_TEXT = 40_000
_KILOBYTES = 1_500_000
# One block of text with lines of equal size, which is what a receipt is: columns stay on a line.
_LAYOUT = "6"
_BOUNDED = 'ulimit -v "$1" -t "$2" 2>/dev/null; shift 2; exec "$@"'
_RESOLUTION = "300"


class Tesseract:
    """Runs the program once for each photo; only so many at a time."""

    def __init__(self, program: str, languages: str) -> None:
        """Read text in ``languages``, as the program names them: ``eng+spa``."""
        self._program = program
        self._languages = languages
        self._free = threading.BoundedSemaphore(_MOST_AT_ONCE)

    @property
    def name(self) -> str:
        """Return the program's name."""
        return _PROGRAM

    @property
    def leaves(self) -> bool:
        """It stays on this machine."""
        return False

    @property
    def is_demo(self) -> bool:
        """It reads."""
        return False

    def read(self, picture: Picture, *, seconds: float) -> str:
        """Return the text in a photo."""
        if not self._free.acquire(timeout=seconds):
            raise ReaderUnavailable("busy")
        try:
            done = self._run(picture, seconds)
        except subprocess.TimeoutExpired:
            raise ReaderUnavailable("timeout") from None
        except OSError:
            raise ReaderUnavailable("not_installed") from None
        finally:
            self._free.release()
        if done.returncode < 0:
            raise ReaderUnavailable("ended_by_a_limit")
        if done.returncode:
            raise PictureUnreadable
        return done.stdout[:_MOST_TEXT].decode("utf-8", "replace").strip()

    def _run(self, picture: Picture, seconds: float) -> subprocess.CompletedProcess[bytes]:
        command = [self._program, "stdin", "stdout", "-l", self._languages, "--psm", _LAYOUT]
        bounds = ["sh", str(_KILOBYTES), str(max(1, round(seconds) + 1))]
        return subprocess.run(  # noqa: S603 (no part of it comes from a user)
            ["/bin/sh", "-c", _BOUNDED, *bounds, *command, "--dpi", _RESOLUTION],
            input=picture.content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            check=False,
        )


def installed() -> str:
    """Return where the program is, "" when it is not installed."""
    return shutil.which(_PROGRAM) or ""
