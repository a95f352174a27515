"""``financemaster`` and ``python -m bot``: the command line."""

from __future__ import annotations

import sys

from bot.cli import run


def main() -> int:
    """Run the command in ``sys.argv``; a reader that goes away early is no error."""
    try:
        return run(sys.argv[1:])
    except BrokenPipeError:
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
