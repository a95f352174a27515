"""A small SMTP server on this machine: keeps letters, refuses and breaks off on demand."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

USER, PASSWORD = "letters", "a password"
BREAK_OFF = "break off"


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter the server took."""

    sender: str
    to: str
    content: bytes


@dataclass
class SmtpStandIn:
    """Start it with ``with``; ``answers`` holds the next answers to a command, by its verb."""

    offers_tls: bool = False
    taken: list[Taken] = field(default_factory=list)
    answers: dict[str, deque[str]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        owner = self

        class Handler(_Handler):
            stand_in = owner

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def answer_next(self, verb: str, *answers: str) -> None:
        """Answer the next ``verb`` (or "TEXT", the end of a letter) with these, in order."""
        self.answers.setdefault(verb, deque()).extend(answers)

    def said(self, verb: str, usual: str) -> str:
        """Return the answer to a command."""
        planned = self.answers.get(verb)
        return planned.popleft() if planned else usual


class _Handler(socketserver.StreamRequestHandler):
    stand_in: Any
    timeout = 10

    def handle(self) -> None:
        self._sender = self._to = ""
        if not self._say(self.stand_in.said("HELLO", "220 stand-in")):
            return
        while line := self.rfile.readline():
            words = line.decode("ascii", "replace").strip()
            verb = words.partition(" ")[0].upper()
            self.stand_in.commands.append(verb)
            if not self._command(verb, words):
                return

    def _command(self, verb: str, words: str) -> bool:
        """Answer one command; false when the connection is to end."""
        if verb == "EHLO":
            offered = ["250-stand-in", "250-AUTH PLAIN"]
            offered += ["250-STARTTLS"] if self.stand_in.offers_tls else []
            return self._say("\r\n".join([*offered, "250 SIZE 10000000"]))
        if verb == "AUTH":
            login = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
            right = words.endswith(login)
            return self._say("235 in" if right else "535 5.7.8 no")
        if verb == "MAIL":
            self._sender = words.partition(":")[2].partition(" ")[0].strip("<>")
        if verb == "RCPT":
            self._to = words.partition(":")[2].partition(" ")[0].strip("<>")
        if verb == "DATA":
            return self._take()
        usual = "221 bye" if verb == "QUIT" else "250 ok"
        return self._say(str(self.stand_in.said(verb, usual))) and verb != "QUIT"

    def _take(self) -> bool:
        begin = self.stand_in.said("DATA", "354 go on")
        if not self._say(begin) or not begin.startswith("354"):
            return bool(begin != BREAK_OFF)
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        answer = self.stand_in.said("TEXT", "250 taken")
        if answer.startswith("250") or answer == BREAK_OFF:
            self.stand_in.taken.append(Taken(self._sender, self._to, b"".join(lines)))
        return self._say(answer)

    def _say(self, answer: str) -> bool:
        if answer == BREAK_OFF:
            return False
        self.wfile.write(f"{answer}\r\n".encode())
        return True
