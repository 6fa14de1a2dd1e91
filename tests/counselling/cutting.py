"""A line that drops: a proxy on loopback that cuts connections by their count, and nothing by the clock."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum

from flask import Flask
from werkzeug.serving import make_server

PIECE = 65_536


class Fate(Enum):
    """What becomes of a connection."""

    WHOLE = "whole"
    LOST_ON_THE_WAY = "lost on the way"  # what was asked never arrives
    ANSWER_LOST = "answer lost"  # it arrives and is done, and nobody learns of it
    ANSWER_CUT = "answer cut"  # it breaks off in the middle


FATES = (Fate.WHOLE, Fate.LOST_ON_THE_WAY, Fate.WHOLE, Fate.ANSWER_LOST, Fate.WHOLE, Fate.ANSWER_CUT)
CUT_AFTER = 700  # bytes of an answer: behind the head of a page, and within a stream


class CuttingProxy:
    """Passes connections on to a server, each with the fate that its count has."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.counts = dict.fromkeys(Fate, 0)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._accepting.join()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        count = 0
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                fate = FATES[count % len(FATES)]
                count += 1
                self.counts[fate] += 1
                thread = threading.Thread(target=self._carry, args=(client, fate))
                self._threads.append(thread)
                thread.start()

    def _carry(self, client: socket.socket, fate: Fate) -> None:
        with client, suppress(OSError):
            asked = request_of(client)
            if fate is Fate.LOST_ON_THE_WAY or not asked:
                return
            with socket.create_connection(("127.0.0.1", self.server_port)) as server:
                server.sendall(asked)
                left = {Fate.WHOLE: None, Fate.ANSWER_LOST: 0, Fate.ANSWER_CUT: CUT_AFTER}[fate]
                if left == 0:
                    server.recv(PIECE)  # the server has done what was asked
                else:
                    pass_on(server, client, left)


def request_of(client: socket.socket) -> bytes:
    """One request, head and body."""
    said = b""
    while b"\r\n\r\n" not in said:
        piece = client.recv(PIECE)
        if not piece:
            return b""
        said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += client.recv(PIECE)
    return head + b"\r\n\r\n" + body


def pass_on(server: socket.socket, client: socket.socket, left: int | None) -> None:
    """Bytes of an answer: all, or as many as are left."""
    while left is None or left > 0:
        piece = server.recv(PIECE if left is None else min(left, PIECE))
        if not piece:
            return
        client.sendall(piece)
        left = None if left is None else left - len(piece)


@contextmanager
def dropping_line_to(app: Flask) -> Iterator[CuttingProxy]:
    """Serve the application on loopback behind such a proxy, until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    proxy = CuttingProxy(server.server_port)
    try:
        yield proxy
    finally:
        proxy.close()
        server.shutdown()
        serving.join()
        server.server_close()
