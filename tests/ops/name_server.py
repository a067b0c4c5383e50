"""A name server on this machine, so that what is asked and answered is real DNS."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """Answers what it was told, `NXDOMAIN` else; a text that begins with `!` is a code."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                packet, sender = self._socket.recvfrom(4096)
            except OSError:
                return
            if not packet:
                return
            answer = self._answer(dns.message.from_wire(packet))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), sender)

    def close(self) -> None:
        """Stop answering; an empty packet wakes it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        kind = question.rdtype.name
        answer = dns.message.make_response(query)
        found = self.records.get((name, kind))
        if found == ["!silent"]:
            return None
        if found and found[0].startswith("!"):
            answer.set_rcode(dns.rcode.from_text(found[0][1:]))
        elif found:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@contextmanager
def name_server() -> Iterator[NameServer]:
    """A server that answers until the end of the block."""
    server = NameServer()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
        server._socket.close()
