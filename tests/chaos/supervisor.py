"""The processes of one installation as they are served: started, killed by id, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_ROOT = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 40
_READY_SECONDS = 90.0


@dataclass
class Supervisor:
    """Keeps a set of processes running; their ids are written down in ``folder``.

    ``roots`` is where the code of a process lies, when it is not this one's.
    """

    folder: Path
    settings: Mapping[str, str]
    commands: dict[str, tuple[str, ...]]
    roots: dict[str, Path] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    killed: int = 0

    def start(self, name: str) -> None:
        """Start one process and write its id down."""
        command = [sys.executable, "-m", "bot", *self.commands[name]]
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=self.roots.get(name, _ROOT),
                env={**self.settings},
                stdout=log,
                stderr=log,
            )
        self.running[name] = process
        (self.folder / f"{name}.pid").write_text(str(process.pid))

    def kill(self, *names: str) -> None:
        """Kill processes by the ids that were written down, and start them again."""
        for name in names:
            os.kill(int((self.folder / f"{name}.pid").read_text()), signal.SIGKILL)
        for name in names:
            self.running.pop(name).wait(10)
            self.killed += 1
        for name in names:
            self.start(name)

    def replace(self, name: str, root: Path) -> None:
        """Tell a process to end, wait for it, and start it again with the code in ``root``."""
        process = self.running.pop(name)
        process.terminate()
        process.wait(_STOP_SECONDS)
        self.roots[name] = root
        self.start(name)

    def look_after(self) -> list[str]:
        """Start again whoever ended unasked; return who did, how, and what was said last."""
        told = []
        for name, process in list(self.running.items()):
            if process.poll() is None:
                continue
            said = (self.folder / f"{name}.log").read_text(errors="replace")[-1500:]
            told.append(f"{name} ended by itself with {process.returncode}: {said}")
            self.start(name)
        return told

    def stop_all(self) -> None:
        """End everybody in order, and whoever does not end."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        self.running.clear()

    def rss(self) -> dict[str, int]:
        """Return how much memory each process holds, in kilobytes."""
        found = {}
        for name, process in self.running.items():
            status = Path(f"/proc/{process.pid}/status").read_text()
            line = next(part for part in status.splitlines() if part.startswith("VmRSS"))
            found[name] = int(line.split()[1])
        return found

    def files(self) -> dict[str, int]:
        """Return how many files and sockets each process holds open."""
        return {
            name: len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
            for name, process in self.running.items()
        }

    def run(self, *arguments: str, root: Path = _ROOT) -> subprocess.CompletedProcess[str]:
        """Run one command of the installation to its end, with the code in ``root``."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=root,
            env={**self.settings},
            capture_output=True,
            text=True,
            timeout=_READY_SECONDS,
            check=False,
        )

    def logs(self) -> str:
        """Return the end of what every process wrote."""
        ends = {file.name: file.read_text()[-600:] for file in self.folder.glob("*.log")}
        return "\n".join(f"{name}: {end}" for name, end in ends.items())


@contextmanager
def supervised(supervisor: Supervisor, port: int) -> Iterator[Supervisor]:
    """Start every process, wait until the web answers, and leave nobody behind."""
    try:
        for name in supervisor.commands:
            supervisor.start(name)
        if not until(lambda: is_ready(port), _READY_SECONDS):
            raise TimeoutError(supervisor.logs())
        yield supervisor
    finally:
        supervisor.stop_all()


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until it is so; false when the time is over."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def is_ready(port: int) -> bool:
    """Tell whether the web server on ``port`` serves."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def free_port() -> int:
    """Return a port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
