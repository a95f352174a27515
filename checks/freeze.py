"""Writes version and hash of every prompt of a model into ``prompts/frozen.toml``.

Run it after a prompt was changed on purpose and evaluated: ``python -m checks.freeze``. A text
that changed under its old version is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from prompts.phrasebook import languages
from prompts.told import FROZEN, ROOT, frozen, told

PLACE = ROOT / "frozen.toml"
_HEAD = "# Version and hash of all that a model is told; written by `python -m checks.freeze`."


def main() -> int:
    """Write the file; print what has to get a new version first."""
    known = frozen() if PLACE.exists() else {}
    stale = [
        f"{language}/{name}.md has changed: give it a new version"
        for language in languages()
        for name in FROZEN
        if _is_stale(known.get(language, {}).get(name), language, name)
    ]
    for line in stale:
        print(line)
    if not stale:
        PLACE.write_text("\n".join([_HEAD, *_lines()]) + "\n", encoding="utf-8")
    return 1 if stale else 0


def _is_stale(known: object, language: str, name: str) -> bool:
    text = told(name, language)
    is_known = isinstance(known, dict) and known["version"] == text.version
    return is_known and isinstance(known, dict) and known["sha256"] != text.hash


def _lines() -> Iterator[str]:
    for language in languages():
        for name in FROZEN:
            text = told(name, language)
            yield f'\n[{language}.{name}]\nversion = {text.version}\nsha256 = "{text.hash}"'


if __name__ == "__main__":
    sys.exit(main())
