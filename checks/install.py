"""Make ``.venv`` from the lock file, with nothing but Python; instant when nothing has changed.

Needs no package of its own. What is installed, with which version and which hash, is decided by the
lock file alone; pip's noise is turned into one line per step.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import queue
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import venv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / ".ready"
LOCK = ROOT / "requirements.lock"
# Where the default settings look for it (see bot/app.py).
UNDERSTANDING = ROOT / "var" / "understanding"

_EVERY_PACKAGES = 20
_EVERY_SECONDS = 10.0
_PIP_OPTIONS = ("--disable-pip-version-check", "--no-input")
_ONE_MORE = ("Collecting ", "Processing ", "Requirement already ", "Ignoring ")
_NOISE = ("WARNING: Location ", "DEPRECATION:", "[notice]")
_TAIL_LINES = 30


def main() -> int:
    """Set up what is missing and say so; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quiet", action="store_true", help="say nothing when all is ready")
    chosen = options.parse_args()
    fingerprint = key(LOCK)
    if _is_ready(fingerprint):
        if not chosen.quiet:
            _say("Ready: .venv matches the lock file.")
        return 0
    return _set_up(fingerprint)


def _set_up(fingerprint: str) -> int:
    begin = time.monotonic()
    _say("Setting up .venv; the first time takes a minute or two.")
    if not _make_environment():
        return 1
    code = _libraries(LOCK)
    if code:
        return code
    _say("  3/4 FinanceMaster itself")
    project = ["install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    code = _pip(project, progress=None)
    if code:
        return code
    _say("  4/4 learning its phrases, about a minute")
    if _learn():
        return 1
    STAMP.write_text(fingerprint)
    _say(f"Ready after {time.monotonic() - begin:.0f} s.")
    return 0


def _learn() -> int:
    """Train what understands messages now, so that neither the first start nor a test waits."""
    command = [str(PYTHON), "-m", "intents.train", "--out", str(UNDERSTANDING)]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode


def _make_environment() -> bool:
    """Make the environment, or make it again when it was moved or its Python has gone."""
    if _runs():
        _say("  1/4 environment: kept")
        return True
    if importlib.util.find_spec("ensurepip") is None:
        _say(f"{sys.executable} cannot make environments: on Debian, apt install python3-venv")
        return False
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    venv.create(ENVIRONMENT, with_pip=True)
    _say(f"  1/4 environment: made with Python {sys.version.split()[0]}")
    return True


def _libraries(lock: Path) -> int:
    total = sum(1 for line in lock.read_text().splitlines() if "==" in line and line[0].isalnum())
    _say(f"  2/4 libraries: {total} pinned in {lock.name}, each checked against its hash")
    # The lock is complete. Left to resolve, pip would take a newer release than the pinned one for
    # a name with extras ("coverage[toml]") and then refuse it for having no hash.
    exactly = ["--no-deps", "--require-hashes", "--requirement", str(lock)]
    return _pip(["install", *exactly], progress=total)


def _pip(arguments: list[str], *, progress: int | None) -> int:
    """Run pip, show how far it is, and on failure show the end of what it said."""
    command = [str(PYTHON), "-m", "pip", *_PIP_OPTIONS, *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True)
    reader.start()
    said = follow(lines, progress)
    code = process.wait()
    if code:
        tail = [line for line in said if not line.startswith(_NOISE)][-_TAIL_LINES:]
        _say("\n".join(tail))
        _say(f"Set-up failed (pip ended with {code}). Mend the cause and run it again: it goes on.")
    return code


def follow(lines: queue.Queue[str | None], total: int | None) -> list[str]:
    """Collect what pip says; print a line every few packages and whenever it is quiet for long."""
    begin = time.monotonic()
    said: list[str] = []
    seen = 0
    while True:
        try:
            line = lines.get(timeout=_EVERY_SECONDS)
        except queue.Empty:
            _say(f"      still working, {time.monotonic() - begin:.0f} s")
            continue
        if line is None:
            return said
        said.append(line.rstrip())
        if total and line.startswith(_ONE_MORE):
            seen += 1
            if seen % _EVERY_PACKAGES == 0:
                _say(f"      {seen} of {total}")
        if total and line.startswith("Installing collected"):
            _say("      all here; installing")


def _pump(source: Iterable[str], lines: queue.Queue[str | None]) -> None:
    for line in source:
        lines.put(line)
    lines.put(None)


def key(lock: Path) -> str:
    """Fingerprint of everything the environment is made from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    made_from = repr([project["project"], project["build-system"], str(ROOT)]).encode()
    return hashlib.sha256(made_from + lock.read_bytes()).hexdigest()


def _is_ready(fingerprint: str) -> bool:
    return STAMP.is_file() and STAMP.read_text() == fingerprint and PYTHON.exists()


def _runs() -> bool:
    if not PYTHON.exists():
        return False
    asked = subprocess.run(
        [str(PYTHON), "-c", "import pip, sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.returncode == 0 and Path(asked.stdout.strip()) == ENVIRONMENT


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
