"""Runs ``financemaster bench`` with a PostgreSQL server beside it that is as safe as a real one.

The program itself never starts a server; one that runs already is named by
``FM_BENCH_DATABASE_URL``, a database of its own, for what is measured stays in it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import servers

DATABASE_URL = "FM_BENCH_DATABASE_URL"


def main(arguments: list[str]) -> int:
    """Measure and return the exit code: 1 when a bar is missed."""
    servers.open_run()
    try:
        command = [sys.executable, "-m", "bot", "bench", *arguments]
        return subprocess.call([*command, "--database", _address()])
    except KeyboardInterrupt:
        return 130
    finally:
        servers.close_run()


def _address() -> str:
    """Return the address of a database to measure on, nothing when there is none."""
    try:
        return os.environ.get(DATABASE_URL) or servers.durable_postgres_server()
    except servers.ServerMissing as missing:
        print(f"PostgreSQL is not measured: {missing}")
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
