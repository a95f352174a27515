"""A TCP proxy on loopback that can be slow, drip, reset, hang half open, swallow, or cut."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

_CHUNK = 65_536
_DRIP_SECONDS = 0.02
# An abrupt end: the other side sees a reset and not an orderly close.
_LINGER_NOT = struct.pack("ii", 1, 0)


class Trouble(StrEnum):
    """What happens to connections, new ones and those that are open."""

    NONE = "none"
    LATENCY = "latency"  # every chunk comes later, both ways
    DRIP = "drip"  # byte by byte
    RESET = "reset"  # connections are reset, new ones as soon as they are made
    HALF_OPEN = "half_open"  # requests go through, answers never come back
    BLACKHOLE = "blackhole"  # nothing goes through, nothing is closed
    CUT = "cut"  # an answer breaks off after so many bytes


@dataclass
class FaultProxy:
    """Start it with ``with``; connect to ``port`` instead of ``target`` (a port on loopback)."""

    target: int
    trouble: Trouble = Trouble.NONE
    seconds: float = 5.0  # of latency
    after_bytes: int = 0  # of an answer that is cut

    def __post_init__(self) -> None:
        self.port = 0
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_error: object) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def make(self, trouble: Trouble, *, seconds: float = 5.0, after_bytes: int = 0) -> None:
        """Have trouble from now on; open connections are reset where the trouble is a reset."""
        self.trouble, self.seconds, self.after_bytes = trouble, seconds, after_bytes
        if trouble is Trouble.RESET:
            self._loop.call_soon_threadsafe(self._reset_all)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            if self.trouble is Trouble.RESET:
                _reset(writer)
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(far_writer)
            there = asyncio.create_task(self._pass(reader, far_writer, is_answer=False))
            back = asyncio.create_task(self._pass(far_reader, writer, is_answer=True))
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            there.cancel()
            back.cancel()
            far_writer.close()
            self._writers.discard(far_writer)
        except (OSError, asyncio.CancelledError):
            pass  # the target is away, or we are: the connection ends, as it would without us
        finally:
            writer.close()
            self._writers.discard(writer)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        passed = 0
        while chunk := await reader.read(_CHUNK):
            if self.trouble is Trouble.CUT and is_answer:
                chunk = chunk[: max(0, self.after_bytes - passed)]
            if not await self._held(is_answer=is_answer):
                await self._write(writer, chunk)
            passed += len(chunk)
            if self.trouble is Trouble.CUT and is_answer and passed >= self.after_bytes:
                return

    async def _held(self, *, is_answer: bool) -> bool:
        """Wait as long as the trouble wants; true when the chunk is swallowed."""
        if self.trouble is Trouble.LATENCY:
            await asyncio.sleep(self.seconds)
        if self.trouble is Trouble.BLACKHOLE:
            return True
        return self.trouble is Trouble.HALF_OPEN and is_answer

    async def _write(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        if self.trouble is not Trouble.DRIP:
            writer.write(chunk)
            await writer.drain()
            return
        for place in range(len(chunk)):
            writer.write(chunk[place : place + 1])
            await writer.drain()
            await asyncio.sleep(_DRIP_SECONDS)

    def _reset_all(self) -> None:
        for writer in list(self._writers):
            _reset(writer)

    async def _end(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        tasks = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # the ends of connections are told in the next round

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()
