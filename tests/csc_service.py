"""A small signing service (CSC API 2.0) on the own machine, which can be told to misbehave."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from softhsm import Key, issue, rsa_key

from signing import Identity, Trust, csc_identity, load_trust

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
SECRET, PIN, SAD = "s3cret-of-ours", "271828", "sad-for-one-digest"
SHA256 = "2.16.840.1.101.3.4.2.1"


@dataclass
class Service:
    """A signing service as the API describes it; tests change what it says."""

    authority: Path
    key: Key = field(default_factory=rsa_key)
    url: str = ""
    #: Paths as they were asked for.
    asked: list[str] = field(default_factory=list)
    #: PINs as they were sent.
    pins: list[str] = field(default_factory=list)
    #: What to answer next instead, one a request: status, headers, body.
    instead: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    token_life_s: int = 3600
    tokens: set[str] = field(default_factory=set)
    mode: str = "implicit"
    objects: list[dict[str, str]] = field(default_factory=list)
    delay_s: float = 0.0

    def __post_init__(self) -> None:
        self.signing_key = self.key
        own = issue(self.authority, self.key, "Remote agency", NOW)
        root = x509.load_pem_x509_certificate((self.authority / "root.pem").read_bytes())
        algorithms = ["1.2.840.113549.1.1.11"] if isinstance(self.key, rsa.RSAPrivateKey) else ["1.2.840.10045.4.3.2"]
        self.about: dict[str, Any] = {
            "key": {"status": "enabled", "algo": algorithms, "len": self.key.key_size},
            "cert": {"status": "valid", "certificates": [in_base64(own), in_base64(root)]},
            "multisign": 1,
        }

    @property
    def trust(self) -> Trust:
        return load_trust([self.authority / "trust.pem"])

    def identity(self, **more: Any) -> Identity:
        return csc_identity(
            self.url, credential="agency-7", client="sohoa", secret=SECRET, crls=self.trust.crls, **more
        )

    def answer(self, path: str, bearer: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        time.sleep(self.delay_s)
        if self.instead:
            return self.instead.pop(0)
        if path == "/csc/v2/oauth2/token":
            return self._token(parse_qs(body.decode()))
        if bearer not in self.tokens:
            return said(401, error="invalid_token")
        words = json.loads(body)
        assert words["credentialID"] == "agency-7"
        return self._called(path.removeprefix("/csc/v2/"), words)

    def _called(self, what: str, words: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if what == "credentials/info":
            return said(200, **self.about, auth={"mode": self.mode, "objects": self.objects})
        if what == "credentials/authorize":
            return self._authorize(words)
        return self._sign(words)

    def _token(self, form: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        if form != {"grant_type": ["client_credentials"], "client_id": ["sohoa"], "client_secret": [SECRET]}:
            return said(401, error="invalid_client")
        token = f"token-{len(self.asked)}"
        self.tokens.add(token)
        return said(200, access_token=token, token_type="Bearer", expires_in=self.token_life_s)

    def _authorize(self, words: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        assert (words["numSignatures"], words["hashAlgorithmOID"]) == (1, SHA256)
        if self.mode == "explicit":
            self.pins.append(words["authData"][0]["value"])
            if words["authData"] != [{"id": "PIN", "value": PIN}]:
                return said(400, error="invalid_pin")
        (self.authorised,) = words["hashes"]
        return said(200, SAD=SAD, expiresIn=60)

    def _sign(self, words: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        if (words["SAD"], words["hashes"]) != (SAD, [self.authorised]):
            return said(400, error="invalid_request")
        assert (words["signAlgo"], words["hashAlgorithmOID"]) == (self.about["key"]["algo"][0], SHA256)
        digest = base64.b64decode(words["hashes"][0])
        if isinstance(self.signing_key, rsa.RSAPrivateKey):
            signature = self.signing_key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
        else:
            signature = self.signing_key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        return said(200, signatures=[base64.b64encode(signature).decode()])


def said(status: int, **words: Any) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(words).encode()


def in_base64(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    service: Service

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up waiting is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, headers, answer = self.server.service.answer(self.path, bearer, body)
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(answer))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words: Any) -> None:
        pass


def served(service: Service, tls: ssl.SSLContext | None = None) -> Iterator[Service]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.service = service
        service.url = f"http://127.0.0.1:{server.server_port}/csc/v2"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield service
        server.shutdown()
        thread.join()
