"""The C library is told how many heaps to keep."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a setting of glibc")
def test_the_c_library_takes_the_number_of_heaps():
    # In a process of its own: the setting cannot be taken back.
    code = "import sys; from bot.commands.memory import few_arenas; sys.exit(not few_arenas())"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
