"""A line between a client and a real server that fails on order: cut (both sides are told), or silent (nobody is).

Knows nothing of what passes, so it stands before a broker, a database and an object server alike.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_PIECE = 1 << 16
#: SO_LINGER with no time at all: a socket that is closed sends a reset, as a crashed firewall does.
_RESETS = struct.pack("ii", 1, 0)
_SECONDS = 10  # longest that the line's own thread may need for an order


class Line:
    """Carries bytes from a port of its own to a server; all of it happens on one thread."""

    def __init__(self, target: tuple[str, int]) -> None:
        """Listen on a port that the system chooses; *target* is asked for whenever a client comes."""
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(_SECONDS)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Reset every connection, and every new one until `restore`."""

        def act() -> None:
            self._is_cut = True
            self._reset()

        self._order(act)

    def stall(self) -> None:
        """Let nothing pass either way until `restore`, and tell nobody: as a network that loses every packet.

        What is held goes on afterwards, as TCP would send it again. New connections are taken and not answered.
        """
        self._order(self._flows.clear)

    def restore(self) -> None:
        """Carry again."""

        def act() -> None:
            self._is_cut = False
            self._flows.set()

        self._order(act)

    def forget(self) -> None:
        """Carry again, for new connections only: those of before get a reset, as from a firewall that was changed."""
        self._order(self._reset)
        self.restore()

    def close(self) -> None:
        """End every connection and the listening."""
        self._order(self._server.close)
        self.cut()
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop).result(_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._carry, "127.0.0.1", 0, backlog=128)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._take(writer)
        try:
            await self._flows.wait()
            if self._is_cut or writer.transport.is_closing():
                return
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            self._take(far_writer)
            ends.append(far_writer)
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        except OSError:  # the server is away, or somebody was reset: so are both
            pass
        finally:
            for end in ends:
                end.transport.abort()
                self._ends.discard(end)

    def _take(self, end: asyncio.StreamWriter) -> None:
        connection: socket.socket = end.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ends.add(end)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            await self._flows.wait()
            writer.write(piece)
            await writer.drain()
        await self._flows.wait()
        with suppress(OSError):
            writer.write_eof()

    def _reset(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def _drain(self) -> None:
        self._flows.set()
        mine = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not mine]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _order(self, act: Callable[[], object]) -> None:
        async def obey() -> None:
            act()

        asyncio.run_coroutine_threadsafe(obey(), self._loop).result(_SECONDS)


@contextmanager
def a_line(target: tuple[str, int]) -> Iterator[Line]:
    """Lend a line to a server."""
    line = Line(target)
    try:
        yield line
    finally:
        line.close()
