"""The line that tests let fail must carry faithfully, and fail in the two ways it is asked to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from line import Line, a_line


def echo(listener: socket.socket) -> None:
    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while piece := connection.recv(1 << 16):
                    connection.sendall(piece)
            except OSError:
                return

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


@pytest.fixture
def line() -> Iterator[Line]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=echo, args=(listener,), daemon=True)
        thread.start()
        with a_line(listener.getsockname()) as made:
            yield made
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def client(line: Line) -> socket.socket:
    return socket.create_connection(("127.0.0.1", line.port), timeout=5)


def told(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (piece := connection.recv(size - len(got))):
        got += piece
    return got


def test_every_byte_passes_in_order(line: Line) -> None:
    sent = bytes(range(256)) * 4096
    with client(line) as connection:
        sending = threading.Thread(target=connection.sendall, args=(sent,))
        sending.start()
        assert told(connection, len(sent)) == sent
        sending.join()


def test_the_end_of_one_direction_passes_as_an_end(line: Line) -> None:
    with client(line) as connection:
        connection.sendall(b"last")
        connection.shutdown(socket.SHUT_WR)
        assert told(connection, 5) == b"last"  # and then nothing: the server has seen the end


def test_a_cut_resets_who_is_there_and_who_comes(line: Line) -> None:
    with client(line) as connection:
        connection.sendall(b"x")
        told(connection, 1)
        line.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with client(line) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_a_silent_line_tells_nobody_and_goes_on_where_it_was(line: Line) -> None:
    with client(line) as connection, client(line) as other:
        connection.sendall(b"a")
        told(connection, 1)
        line.stall()
        connection.sendall(b"b")
        other.sendall(b"c")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        line.restore()
        connection.settimeout(5)
        assert told(connection, 1) == b"b"
        assert told(other, 1) == b"c"


def test_a_line_that_forgets_carries_only_who_comes_afterwards(line: Line) -> None:
    with client(line) as connection:
        connection.sendall(b"a")
        told(connection, 1)
        line.stall()
        connection.sendall(b"b")
        line.forget()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with client(line) as connection:
        connection.sendall(b"c")
        assert told(connection, 1) == b"c"
