"""What is off costs nothing: no client library is imported before its channel is opened."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CHECK = """
import sys
import bot.channels.catalog, bot.channels.accept, bot.api.webhooks
print([name for name in ("telegram", "twilio", "httpx", "requests") if name in sys.modules])
"""


class TestImports:
    def test_neither_the_catalog_nor_the_doors_load_a_client_library(self):
        run = subprocess.run(
            [sys.executable, "-c", CHECK], capture_output=True, check=True, text=True
        )
        assert run.stdout.strip() == "[]"
