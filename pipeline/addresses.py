"""Addresses in the settings: of servers, and of pages that a telephone opens. None may hold a password.

Each function takes the name of the setting, for the message, and the text; it returns the address as it is used.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pipeline.errors import Misconfigured

#: Letters of an address made from `SOHOA_MARK_LINK`: what a QR code of 26 mm holds (`signing.sealing.squares`).
_MOST_LINK = 180
#: What may stand in it, and the most letters of each: no code is longer than ``H15.123.123.123-261120-1234567``.
_LINK_FIELDS = {"{dossier}": 30, "{sha256}": 64}


def ledger(name: str, text: str) -> str:
    """Return the address of a server when no password stands in it: it would be seen in the list of processes."""
    parts = urlsplit(text)
    server = parts.netloc or "host=" in parts.query  # a folder of sockets is named there
    if parts.scheme != "postgresql+psycopg" or not server or len(parts.path) <= 1:
        raise Misconfigured("setting-invalid", name=name, problem="postgresql+psycopg://user@server:5432/database")
    if ":" in parts.netloc.rpartition("@")[0] or "pass" in parts.query.lower():
        raise Misconfigured("setting-invalid", name=name, problem="SOHOA_LEDGER_PASSWORD_FILE")
    return text


def store(name: str, text: str) -> str:
    """Return the address of an object server when it is only that: our key has settings of its own."""
    parts = urlsplit(text)
    bare = parts.netloc and not {"@", "?", "#"} & set(text) and parts.path in {"", "/"}
    if parts.scheme not in {"https", "http", "s3"} or not bare:
        raise Misconfigured("setting-invalid", name=name, problem="https://server:port")
    return f"{'https' if parts.scheme == 's3' else parts.scheme}://{parts.netloc}"


def collector(name: str, text: str) -> str:
    """Return where traces are sent to; without a path, the usual one is meant."""
    try:
        parts = urlsplit(text)
        bare = parts.hostname and parts.port != 0 and not {"@", "?", "#", " "} & set(text) and text.isprintable()
    except ValueError as error:
        raise Misconfigured("setting-invalid", name=name, problem="host:port") from error
    if parts.scheme not in {"https", "http"} or not bare:
        raise Misconfigured("setting-invalid", name=name, problem="http://collector:4318/v1/traces")
    return text if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}/v1/traces"


def receiver(name: str, text: str) -> str:
    """Return where the one-stop software is told; what is secret stands in a file, never in an address."""
    try:
        parts = urlsplit(text)
        bare = parts.hostname and parts.port != 0 and text.isascii() and not set(text) & set('@# "<>\\^`{|}')
    except ValueError as error:
        raise Misconfigured("setting-invalid", name=name, problem="https://server/path") from error
    if parts.scheme not in {"https", "http"} or not bare or not text.isprintable():
        raise Misconfigured("setting-invalid", name=name, problem="https://server/path")
    return text


def link(name: str, text: str) -> str:
    """Return the template of an address when a telephone may open it and every dossier or paper gets another."""
    bare, longest = text, len(text)
    for each, letters in _LINK_FIELDS.items():
        longest += text.count(each) * (letters - len(each))
        bare = bare.replace(each, "")
    host = urlsplit(text).netloc
    rules = {
        "https://…": text.startswith("https://") and bool(host) and not set(host) & set("{}@"),
        " | ".join(_LINK_FIELDS): bare != text and not set(bare) & set("{}"),
        "A-Z a-z 0-9 . _ - / ? = & # %": bare.isascii() and bare.isprintable() and not set(bare) & set(' "<>\\^`|'),
        f"{longest} > {_MOST_LINK}": longest <= _MOST_LINK,
    }
    for problem, kept in rules.items():
        if not kept:
            raise Misconfigured("setting-invalid", name=name, problem=problem)
    return text
