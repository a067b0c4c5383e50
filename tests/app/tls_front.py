"""TLS before a Postgres that has none of its own: the server's half of libpq's handshake."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from typing import Self

from local.ports import HOST

# What a client sends before anything else when it wants TLS [PostgreSQL, message formats].
SSL_REQUEST = (80877103).to_bytes(4)


class TlsFront:
    """`with TlsFront(context, port) as front: front.port` is the same server with TLS."""

    def __init__(self, context: ssl.SSLContext, behind: int) -> None:
        self._context = context
        self._behind = behind
        self._server = socket.create_server((HOST, 0))
        self.port = int(self._server.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        # A client that does not believe the certificate goes without a word.
        with client, contextlib.suppress(OSError):
            while client.recv(8)[4:] != SSL_REQUEST:
                client.sendall(b"N")
            client.sendall(b"S")
            with (
                self._context.wrap_socket(client, server_side=True) as inside,
                socket.create_connection((HOST, self._behind)) as server,
            ):
                back = threading.Thread(target=_copy, args=(server, inside), daemon=True)
                back.start()
                _copy(inside, server)
                back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
