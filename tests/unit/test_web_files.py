"""What is handed out: what a sealed manifest names, byte for byte, and nothing that was altered."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from conftest import COMPLETE, DOSSIER, Bureau, a_ticket, complete_files
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from web_client import WebClient

from pipeline.house import House
from pipeline.model import DossierCode
from pipeline.settings import Settings
from pipeline.stages.file import latest
from storage import Digest, Ledger, MemoryStore, ObjectChanged
from storage.objects import CHUNK
from web.answers import checked
from web.app import make_app
from web.ranges import asked
from web.refusals import RangeUnsatisfiable

BASE = f"/api/v1/dossiers/{DOSSIER}"


class Watched:
    """A store that remembers what it was asked for, and refuses to be written."""

    def __init__(self, inner: MemoryStore) -> None:
        self.inner = inner
        self.asked: list[tuple[str, ...]] = []

    def __getattr__(self, name: str) -> Any:
        assert name in {"get", "local", "has", "check", "read", "keys"}, f"{name} is not for who only looks"

        def call(*words: str) -> Any:
            self.asked.append((name, *words))
            return getattr(self.inner, name)(*words)

        return call


SEALED: list[Bureau] = []


@pytest.fixture
def filed(request: pytest.FixtureRequest) -> House:
    """An installation with one sealed dossier, made once; each test has a store of its own to spoil."""
    if not SEALED:
        bureau: Bureau = request.getfixturevalue("bureau")
        bureau.driver.run(bureau.deposit(ticket=a_ticket(*COMPLETE), **complete_files()))
        SEALED.append(bureau)
    store = MemoryStore()
    store.blobs, store.records = dict(SEALED[0].store.blobs), dict(SEALED[0].store.records)
    return House(Settings(), store, SEALED[0].ledger)


def client_of(store: Any, ledger: Ledger) -> WebClient:
    return WebClient(make_app(House(Settings(), store, ledger), None, fresh=0))


@pytest.fixture
def client(filed: House) -> WebClient:
    return client_of(Watched(filed.store), filed.ledger)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


def test_a_dossier_tells_its_state_components_and_versions(client: WebClient) -> None:
    told = client.get(BASE).json()
    assert (told["dossier"], told["verdict"], told["trial"]) == (DOSSIER, "complete", True)
    assert [each["code"] for each in told["components"]][:4] == ["TP01", "TP02", "TP03", "TP04"]
    assert [each["version"] for each in told["versions"]] == [1]
    assert told["missing"] == []
    text = json.dumps(told, ensure_ascii=False)
    assert "Trần Văn Mẫu" not in text  # the owner stands in the manifest
    assert "Nguyễn Thị Mẫu" not in text


def test_every_file_of_the_list_arrives_as_it_was_sealed(client: WebClient, filed: House) -> None:
    files = client.get(f"{BASE}/versions/1").json()["files"]
    assert {each["name"] for each in files} == {
        "manifest.json", "manifest.json.p7s", "TP01-01.pdf", "TP02-01.pdf", "TP03-01.pdf", "TP04-01.pdf",
    }  # fmt: skip
    for each in files:
        answer = client.get(each["href"])
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == each["sha256"]
        assert answer.content == filed.store.blobs[("sealed", Digest(each["sha256"]))]
        assert answer.headers["etag"] == f'"{each["sha256"]}"'
        assert answer.headers["content-type"] == each["media_type"]
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{each['name']}"
        digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
        assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
        assert each["size"] in (None, len(answer.content))


def test_the_manifest_arrives_byte_for_byte_and_says_where_its_seal_is(client: WebClient, filed: House) -> None:
    version = latest(filed.store, DOSSIER)
    assert version
    answer = client.get(f"{BASE}/versions/1/manifest")
    assert answer.content == filed.store.blobs[("sealed", Digest(version.manifest))]
    where, _, relation = answer.headers["link"].partition("; ")
    assert relation == 'rel="describedby"'
    seal = client.get(where.strip("<>"))
    assert seal.content == filed.store.blobs[("sealed", Digest(version.seal))]


def test_who_has_a_file_is_not_sent_it_again(client: WebClient) -> None:
    path = f"{BASE}/versions/1/files/TP01-01.pdf"
    whole = client.get(path)
    again = client.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


def test_a_range_of_a_file_may_be_asked_for_and_belongs_to_the_very_file(client: WebClient) -> None:
    path = f"{BASE}/versions/1/files/TP01-01.pdf"
    whole = client.get(path)
    size, tag = len(whole.content), whole.headers["etag"]
    part = client.get(path, headers={"Range": "bytes=10-19", "If-Range": tag})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    assert client.get(path, headers={"Range": "bytes=-5"}).content == whole.content[-5:]
    other = client.get(path, headers={"Range": "bytes=10-19", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, whole.content)
    beyond = client.get(path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range-unsatisfiable")
    assert beyond.headers["content-range"] == f"bytes */{size}"


# --- what was altered --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("range_", [{}, {"Range": "bytes=0-3"}])
def test_an_altered_file_is_refused_and_not_one_byte_of_it_goes_out(
    client: WebClient, filed: House, range_: dict[str, str]
) -> None:
    each = client.get(f"{BASE}/versions/1").json()["files"][0]
    name = ("sealed", Digest(each["sha256"]))
    data = filed.store.blobs[name]
    filed.store.blobs[name] = data[:-1] + bytes([data[-1] ^ 1])
    answer = client.get(each["href"], headers=range_)
    assert (answer.status_code, answer.json()["code"]) == (500, "object-changed")


def test_an_altered_or_lost_manifest_lets_nothing_out(client: WebClient, filed: House) -> None:
    version = latest(filed.store, DOSSIER)
    assert version
    name = ("sealed", Digest(version.manifest))
    filed.store.blobs[name] = filed.store.blobs[name].replace(b"TP02", b"TP03")
    assert client.get(f"{BASE}/versions/1/files/TP01-01.pdf").json()["code"] == "object-changed"
    del filed.store.blobs[name]
    assert client.get(f"{BASE}/versions/1/manifest").json()["code"] == "object-missing"
    assert client.get(BASE).status_code == 500


def test_a_record_that_was_written_over_leads_to_nobody_elses_papers(client: WebClient, filed: House) -> None:
    """Records are no evidence: whoever can write one could name the manifest of another dossier in it."""
    key, other = f"dossiers/{DOSSIER}/000001", "H15.50.05.13-261120-0777"
    filed.store.records[f"dossiers/{other}/000001"] = filed.store.records[key].replace(DOSSIER.encode(), other.encode())
    assert client.get(f"/api/v1/dossiers/{other}/versions/1/manifest").json()["code"] == "record-broken"
    filed.store.records[f"dossiers/{other}/000001"] = filed.store.records[key]
    assert client.get(f"/api/v1/dossiers/{other}/versions/1").json()["code"] == "record-broken"


def test_what_changes_while_it_goes_out_is_never_complete() -> None:
    """The second reading of a file: its end is kept back until all of it has the right hash."""
    data = bytes(range(256)) * (CHUNK // 128)  # two pieces
    digest = Digest(hashlib.sha256(data).hexdigest())
    assert b"".join(checked(io.BytesIO(data), digest, 0, len(data))) == data
    altered = bytes([data[0] ^ 1]) + data[1:]
    sent = bytearray()
    with pytest.raises(ObjectChanged):
        for piece in checked(io.BytesIO(altered), digest, 0, len(data)):
            sent += piece
    assert len(sent) < len(data)
    with pytest.raises(ObjectChanged):  # also when only a part of it goes out, which is as it was
        list(checked(io.BytesIO(altered), digest, 5, 10))


@given(data=st.binary(min_size=1, max_size=300), header=st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True))
@hypothesis_settings(max_examples=200, deadline=None)
def test_a_range_is_the_same_part_that_python_cuts(data: bytes, header: str) -> None:
    first, last = header.removeprefix("bytes=").split("-")
    digest = Digest(hashlib.sha256(data).hexdigest())
    try:
        part = asked(header, len(data))
    except RangeUnsatisfiable:
        assert (first and int(first) >= len(data)) or (not first and int(last) == 0)
        return
    if part is None:
        assert (not first and not last) or int(last) < int(first)
        return
    wanted = data[int(first) : int(last) + 1 if last else None] if first else data[-int(last) :]
    assert b"".join(checked(io.BytesIO(data), digest, *part)) == wanted


# --- what is asked for -------------------------------------------------------------------------------------------

#: Anything that fits into a path of a URL; quoted, so that it arrives as it is.
WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40) | st.sampled_from(
    [
        "..",
        ".",
        "../../etc/passwd",
        "%2e%2e",
        "TP01-01.pdf\x00",
        "manifest.json/..",
        "0",
        "01",
        "+1",
        "１",
        "999999",
        DOSSIER,
    ]
)


ASKED: list[tuple[str, ...]] = []


@pytest.fixture(scope="module")
def empty() -> WebClient:
    """A door over nothing; what it asks of its store stands in `ASKED`."""
    store = Watched(MemoryStore())
    store.asked = ASKED
    return client_of(store, Ledger("sqlite://"))


@given(code=WORDS | st.just(DOSSIER), number=WORDS | st.just("1"), name=WORDS)
@hypothesis_settings(max_examples=40, deadline=None)
def test_nothing_from_outside_reaches_the_store_unchecked(empty: WebClient, code: str, number: str, name: str) -> None:
    """The store is asked for keys below a dossier code that is one, and for digests that stand in a sealed manifest."""
    ASKED.clear()
    code, number, name = (quote(word, safe="").replace(".", "%2E") for word in (code, number, name))
    for path in (
        f"/api/v1/dossiers/{code}",
        f"/api/v1/dossiers/{code}/versions/{number}/files/{name}",
        f"/api/v1/dossiers/{code}/versions/{number}/manifest",
        f"/ho-so/{code}",
    ):
        answer = empty.get(path)
        assert answer.status_code == 404, (path, answer.status_code)
    for method, *words in ASKED:
        head, asked_code, rest = words[0].split("/")
        assert (method, head, rest, str(DossierCode.parse(asked_code))) == ("keys", "dossiers", "", asked_code)


@pytest.mark.parametrize(
    "name", ["TP09-01.pdf", "dossier.json", "1.jpg", "%2E%2E", "manifest.json.evidence", "TP01-01.PDF"]
)
def test_what_the_sealed_manifest_does_not_name_is_not_there(client: WebClient, name: str) -> None:
    answer = client.get(f"{BASE}/versions/1/files/{name}")
    assert answer.status_code == 404


def test_no_original_can_be_had_even_by_its_digest(client: WebClient, filed: House) -> None:
    for area, digest in filed.store.blobs:
        if area != "sealed":
            assert client.get(f"{BASE}/versions/1/files/{digest}").status_code == 404


@pytest.mark.parametrize("number", ["0", "2", "-1", "1.0", "latest", "1 "])
def test_a_version_that_there_is_not_is_told_so(client: WebClient, number: str) -> None:
    answer = client.get(f"{BASE}/versions/{number}/manifest")
    assert (answer.status_code, answer.json()["code"]) == (404, "version-unknown")
    assert answer.headers["content-type"] == "application/problem+json"


def test_everything_that_is_taken_is_written_down_without_a_name_of_a_person(client: WebClient) -> None:
    structlog.reset_defaults()
    with capture_logs() as lines:
        client.get(f"{BASE}/versions/1/files/TP01-01.pdf")
        client.get(f"{BASE}/versions/1/files/nothing.pdf")
    (line,) = [each for each in lines if each["event"] == "handed-out"]
    assert (line["holder"], line["dossier"], line["version"], line["name"]) == ("local", DOSSIER, 1, "TP01-01.pdf")
    assert len(line["sha256"]) == 64
    assert "Mẫu" not in str(lines)


def test_the_description_of_the_interface_is_complete_and_leads_nowhere_outside(client: WebClient) -> None:
    said = client.get("/api/v1/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    assert set(said["paths"]) == {
        "/api/v1/dossiers/{code}",
        "/api/v1/dossiers/{code}/versions/{number}",
        "/api/v1/dossiers/{code}/versions/{number}/manifest",
        "/api/v1/dossiers/{code}/versions/{number}/files/{name}",
    }
    assert said["security"] == [{"token": []}]
    assert "http://" not in json.dumps(said)
    assert {client.get(path).status_code for path in ("/docs", "/redoc")} == {404}
