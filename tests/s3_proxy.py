"""A server that lies, or a line that fails: stands before the real object server and changes what passes, on order."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from storage.s3 import Server


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # with the query
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: How many bytes of the body are sent before the line is cut; None for all.
    cut_after: int | None = None


#: Gets a request and who carries it to the real server; gives what the client is told.
Lie = Callable[[Request, Callable[[Request], Reply]], Reply]


@dataclass(frozen=True)
class Certificate:
    """What a server shows over TLS, issued by itself."""

    certificate: Path
    key: Path


def honest(request: Request, carry: Callable[[Request], Reply]) -> Reply:
    """Tell the truth."""
    return carry(request)


@contextmanager
def before(server: Server, lie: Lie, *, tls: Certificate | None = None) -> Iterator[Server]:
    """Lend a server that tells *lie* about the real one; over TLS when it has a certificate."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Request(self.command, self.path, dict(self.headers.items()), body)
            reply = lie(asked, lambda request: carried(server.address, request))
            self.send_response_only(reply.status)
            held = {"content-length", "connection", "transfer-encoding"}
            for name, text in reply.headers.items():
                if name.lower() not in held or (self.command == "HEAD" and name.lower() == "content-length"):
                    self.send_header(name, text)
            if self.command != "HEAD":
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut_after])
            if reply.cut_after is not None:
                self.close_connection = True

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 -- the names http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    standing = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    standing.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        standing.socket = context.wrap_socket(standing.socket, server_side=True)
    thread = threading.Thread(target=standing.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield replace(server, address=f"127.0.0.1:{standing.server_port}", secure=tls is not None)
    finally:
        standing.shutdown()
        thread.join()
        standing.server_close()


def own_certificate(folder: Path) -> Certificate:
    """Make a certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(folder / "server.pem", folder / "server.key")
    files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


def carried(address: str, request: Request) -> Reply:
    line = http.client.HTTPConnection(address, timeout=30)
    try:
        line.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, text in request.headers.items():
            line.putheader(name, text)
        line.endheaders(request.body or None)
        answer = line.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        line.close()
