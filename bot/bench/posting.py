"""A provider that posts signed text messages over many connections, each as fast as answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.bench.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL, SMS_NUMBER, signature

_HEAD_END = b"\r\n\r\n"
_GRACE_SECONDS = 10


@dataclass(slots=True)
class Posted:
    """What became of the messages: the milliseconds of each answer, and how many were refused."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    refused: int = 0


def post(port: int, path: str, seconds: float, connections: int) -> Posted:
    """Post messages for so many seconds over so many connections; runs in a process of its own."""
    return asyncio.run(_post(port, path, seconds, connections))


async def _post(port: int, path: str, seconds: float, connections: int) -> Posted:
    posted, start = Posted(), time.monotonic()
    async with asyncio.timeout(seconds + _GRACE_SECONDS):
        async with asyncio.TaskGroup() as group:
            for number in range(connections):
                group.create_task(_sender(port, _Chat(path, number), start + seconds, posted))
    posted.seconds = time.monotonic() - start
    return posted


@dataclass(slots=True)
class _Chat:
    """One number that writes one message after the other."""

    path: str
    number: int
    count: int = 0

    def next_request(self) -> bytes:
        """Return the next message as the provider would send it."""
        self.count += 1
        sid = f"SM{self.number:08x}{self.count:024x}"
        form = {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "Body": "coffee 4",
            "From": f"+1555{self.number:07}",
            "MessageSid": sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": SMS_NUMBER,
        }
        body = urlencode(form).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\n"
            "Host: bench.example.com\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {signature(AUTH_TOKEN, PUBLIC_URL + self.path, form)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _sender(port: int, chat: _Chat, until: float, posted: Posted) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.monotonic() < until:
            request = chat.next_request()
            start = time.perf_counter()
            writer.write(request)
            is_taken = await _answered(reader)
            posted.times.append((time.perf_counter() - start) * 1000)
            posted.refused += not is_taken
    finally:
        writer.close()


async def _answered(reader: asyncio.StreamReader) -> bool:
    """Read one answer to its end; tell whether it was a success."""
    head = await reader.readuntil(_HEAD_END)
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
    await reader.readexactly(length)
    return lines[0].split()[1] == "200"
