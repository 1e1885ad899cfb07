"""Trust sets as an administrator meets them: shown, confirmed, renewed over the network, undone, and used to verify."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from authority import DAY, Authority, issue
from trust_helpers import Service, list_signer, p7b, pem, sha256, trusted_list

from pipeline import doctor
from pipeline.cli import trust as commands
from pipeline.errors import Interrupted, Misconfigured, Usage
from pipeline.settings import Settings
from pipeline.trust_sets import configured_trust, words_in
from pipeline.wiring import trust_of
from signing import Mark, seal_pdf

FONT = Path("/usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf")


class Publisher(Authority):
    """An authority that publishes its certificates as well."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {"ca.p7b": p7b(self.root, self.middle)}

    def answer(self, path: str, body: bytes) -> tuple[str, bytes]:
        if path in self.files and path not in self.moods:
            return "application/octet-stream", self.files[path]
        return super().answer(path, body)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    made = Publisher()
    made.now = datetime.now(UTC)
    yield made
    made.close()


@dataclasses.dataclass
class Desk:
    """The commands as the command line calls them, at a time that can be moved."""

    settings: Settings
    now: datetime
    capsys: Any

    def __call__(self, name: str, *words: Any, **more: Any) -> tuple[int, dict[str, Any]]:
        code = getattr(commands, f"{name}_command")(self.settings, *words, as_json=True, **more)
        return code, json.loads(self.capsys.readouterr().out)

    def says(self, name: str, *words: Any, **more: Any) -> str:
        getattr(commands, f"{name}_command")(self.settings, *words, as_json=False, **more)
        return self.capsys.readouterr().out


@pytest.fixture
def desk(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Desk:
    monkeypatch.setenv("COLUMNS", "240")
    made = Desk(Settings(var=tmp_path / "var", fetch_allow=(publisher.host,)), publisher.now, capsys)
    monkeypatch.setattr(commands, "now", lambda: made.now)
    return made


@pytest.fixture
def neac(desk: Desk, publisher: Publisher) -> dict[str, Any]:
    """A set of the publisher's root, with two revocation lists fetched from it."""
    lists = [f"{publisher.url}/crl/root", f"{publisher.url}/crl/middle"]
    confirmed = [sha256(publisher.root)]
    code, told = desk("add", "neac", f"{publisher.url}/ca.p7b", confirmed=confirmed, crls=lists)
    assert (code, told["refused"]) == (0, [])
    return told["set"]


def refused(told: dict[str, Any]) -> list[str]:
    return [each["code"] for each in told["refused"]]


def only(told: dict[str, Any]) -> dict[str, Any]:
    (one,) = told["sets"]
    return one


# --- as a person runs it -----------------------------------------------------------------------------------------


def sealed_by(publisher: Publisher) -> bytes:
    """A sealed paper of an agency under the publisher's root (PAdES B-B)."""
    paper = pikepdf.new()
    paper.add_blank_page(page_size=(595, 842))
    buffer = io.BytesIO()
    paper.save(buffer)
    identity = publisher.identity(publisher.fetcher(), start=publisher.now - DAY)
    identity = dataclasses.replace(identity, timestamper=None, revocation=None)
    mark = Mark(("SAO Y",), None, FONT)
    words = dict.fromkeys(("name", "reason", "location"))
    return seal_pdf(buffer.getvalue(), identity=identity, mark=mark, when=publisher.now, **words).pdf


def test_a_set_is_begun_by_hand_and_verifies_by_its_name(sohoa: Any, publisher: Publisher) -> None:
    (sohoa.home / "paper.pdf").write_bytes(sealed_by(publisher))
    sohoa.environment["SOHOA_FETCH_ALLOW"] = publisher.host
    lists = ("--crl", f"{publisher.url}/crl/root", "--crl", f"{publisher.url}/crl/middle")
    words = ("trust", "add", "neac", f"{publisher.url}/ca.p7b", *lists)
    assert sohoa(*words, "--sha256", sha256(publisher.root)).returncode == 0
    assert sohoa("verify", "paper.pdf", "--trust", "neac").returncode == 0


def test_trust_alone_shows_what_it_can_do(sohoa: Any) -> None:
    done = sohoa("trust")
    assert (done.returncode, "sohoa trust" in done.stdout) == (2, True)


# --- beginning ---------------------------------------------------------------------------------------------------


def test_the_offer_names_what_to_confirm_and_nothing_that_could_be_pasted(desk: Desk, publisher: Publisher) -> None:
    source = f"{publisher.url}/ca.p7b"
    code, told = desk("add", "neac", source, confirmed=[], crls=[])
    assert (code, told["added"]) == (3, False)
    assert [each["sha256"] for each in told["to_confirm"]] == [sha256(publisher.root)]
    assert not (desk.settings.var / "trust").exists(), "nothing is added that nobody confirmed"
    said = desk.says("add", "neac", source, confirmed=[], crls=[])
    assert f"sohoa trust add neac {source} --sha256 …" in said.splitlines()


def test_a_fingerprint_may_be_written_as_other_programs_print_it(desk: Desk, publisher: Publisher) -> None:
    printed = ":".join(f"{octet:02X}" for octet in bytes.fromhex(sha256(publisher.root)))
    code, told = desk("add", "neac", f"{publisher.url}/ca.p7b", confirmed=[printed], crls=[])
    assert (code, told["set"]["confirmed"]) == (0, [sha256(publisher.root)])


@pytest.mark.parametrize(
    ("name", "confirmed", "code"),
    [
        ("NEAC", "0" * 64, "trust-name-invalid"),
        ("../neac", "0" * 64, "trust-name-invalid"),
        ("neac", "abc", "trust-fingerprint-invalid"),
        ("neac", "0" * 64, "trust-root-gone"),
    ],
)
def test_a_call_that_makes_no_sense_adds_nothing(
    desk: Desk, publisher: Publisher, name: str, confirmed: str, code: str
) -> None:
    with pytest.raises(Usage) as caught:
        desk("add", name, f"{publisher.url}/ca.p7b", confirmed=[confirmed], crls=[])
    assert caught.value.code == code
    assert desk("list")[1]["sets"] == []


def test_a_trusted_list_is_begun_with_the_fingerprint_of_its_signer(desk: Desk, publisher: Publisher) -> None:
    signer = list_signer()
    publisher.files["eu.xml"] = trusted_list(signer, Service(publisher.middle), issued=publisher.now)
    source = f"{publisher.url}/eu.xml"
    assert [each["sha256"] for each in desk("add", "eu", source, confirmed=[], crls=[])[1]["to_confirm"]] == [
        sha256(signer)
    ]
    code, told = desk("add", "eu", source, confirmed=[sha256(signer)], crls=[])
    assert (code, told["set"]["trusted_list"]["sequence"]) == (0, 7)
    assert [each["role"] for each in desk("show", "eu")[1]["members"]] == ["root"]


def test_a_host_that_nobody_listed_is_not_asked(desk: Desk, publisher: Publisher) -> None:
    desk.settings = dataclasses.replace(desk.settings, fetch_allow=("tsa.example.vn",))
    with pytest.raises(Interrupted) as caught:
        desk("add", "neac", f"{publisher.url}/ca.p7b", confirmed=[sha256(publisher.root)], crls=[])
    assert caught.value.code == "trust-source-unreachable"
    assert not publisher.asked


def test_a_list_that_cannot_be_had_is_told_and_the_set_begins_without_it(desk: Desk, publisher: Publisher) -> None:
    confirmed, lists = [sha256(publisher.root)], [f"{publisher.url}/crl/root", "nowhere.crl"]
    code, told = desk("add", "neac", f"{publisher.url}/ca.p7b", confirmed=confirmed, crls=lists)
    assert (code, told["set"]["lists"], refused(told)) == (1, 1, ["trust-source-unreachable"])


# --- renewing ----------------------------------------------------------------------------------------------------


def test_newer_lists_are_taken_and_the_time_of_the_look_is_kept(
    desk: Desk, publisher: Publisher, neac: dict[str, Any]
) -> None:
    desk.now = publisher.now = publisher.now + timedelta(hours=6)
    code, told = desk("update", [])
    assert (code, only(told)["state"]) == (0, "renewed")
    assert only(told)["fresh_until"] > neac["fresh_until"]
    assert only(told)["fetched_at"] > neac["fetched_at"]


def test_what_is_as_it_was_is_unchanged_and_undo_still_leads_to_the_state_before(
    desk: Desk, publisher: Publisher, neac: dict[str, Any]
) -> None:
    publisher.files["ca.p7b"] = pem(publisher.root, publisher.middle, issue("New", publisher.root, ca=True))
    lists = {path: publisher.answer(path, b"")[1] for path in ("crl/root", "crl/middle")}
    publisher.files |= lists
    assert only(desk("update", [])[1])["state"] == "renewed"
    assert only(desk("update", [])[1])["state"] == "unchanged"
    assert desk("undo", "neac")[1]["set"]["certificates"] == 2
    assert desk("undo", "neac")[1]["set"]["certificates"] == 3, "undoing can be undone"


@pytest.mark.usefixtures("neac")
def test_a_new_root_is_refused_by_its_fingerprint_while_the_rest_is_renewed(desk: Desk, publisher: Publisher) -> None:
    stranger = issue("Stranger", None, ca=True)
    publisher.files["ca.p7b"] = p7b(publisher.root, publisher.middle, stranger)
    desk.now = publisher.now = publisher.now + timedelta(hours=6)
    code, told = desk("update", ["neac"])
    assert (code, only(told)["state"], refused(only(told))) == (1, "partly", ["trust-root-unconfirmed"])
    assert only(told)["refused"][0]["what"] == sha256(stranger)
    assert sha256(stranger) not in [each["sha256"] for each in desk("show", "neac")[1]["members"]]
    assert sha256(stranger) in desk.says("update", [])


@pytest.mark.usefixtures("neac")
@pytest.mark.parametrize("mood", ["down", "html", "redirect", "empty", "garbage", "huge"])
def test_a_source_that_misbehaves_changes_nothing(desk: Desk, publisher: Publisher, mood: str) -> None:
    before = desk("show", "neac")[1]["members"]
    publisher.moods["ca.p7b"] = mood
    code, told = desk("update", [])
    assert (code, len(refused(only(told)))) == (1, 1)
    assert desk("show", "neac")[1]["members"] == before


@pytest.mark.usefixtures("neac")
@pytest.mark.parametrize(
    ("mood", "code"),
    [("forged", "trust-crl-foreign"), ("stale", "trust-crl-older"), ("down", "trust-source-unreachable")],
)
def test_a_revocation_list_that_cannot_be_relied_on_does_not_replace_the_one_at_hand(
    desk: Desk, publisher: Publisher, mood: str, code: str
) -> None:
    before = desk("show", "neac")[1]["lists"]
    publisher.moods["crl/root"] = publisher.moods["crl/middle"] = mood
    told = only(desk("update", [])[1])
    assert refused(told) == [code, code]
    assert desk("show", "neac")[1]["lists"] == before


@pytest.mark.usefixtures("neac")
def test_one_set_that_fails_does_not_stop_the_others(desk: Desk, publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_bytes(pem(publisher.root))
    desk("add", "alpha", str(tmp_path / "own.pem"), confirmed=[sha256(publisher.root)], crls=[])
    (tmp_path / "var" / "trust" / "alpha" / "current" / "trust.pem").write_bytes(b"spoilt")
    desk.now = publisher.now = publisher.now + timedelta(hours=6)
    code, told = desk("update", [])
    assert (code, [each["state"] for each in told["sets"]]) == (1, ["failed", "renewed"])
    assert told["sets"][0]["error"]["code"] == "trust-unreadable"
    code, told = desk("list")
    assert (code, [each["name"] for each in told["sets"]]) == (1, ["alpha", "neac"])


@pytest.mark.usefixtures("neac")
def test_an_unknown_name_among_others_renews_none(desk: Desk, publisher: Publisher) -> None:
    publisher.asked.clear()
    with pytest.raises(Usage) as caught:
        desk("update", ["neac", "vgca"])
    assert (caught.value.code, caught.value.facts["name"]) == ("trust-set-unknown", "vgca")
    assert not publisher.asked


# --- looking at them ---------------------------------------------------------------------------------------------


def test_a_set_past_its_time_is_red_in_the_list_and_a_warning_of_the_doctor(desk: Desk, neac: dict[str, Any]) -> None:
    assert not neac["stale"]
    assert "quá hạn" not in desk.says("list")
    assert doctor._trust(desk.settings) == ("works", "neac")
    desk.now += timedelta(days=2)
    assert only(desk("list")[1])["stale"]
    assert "(quá hạn)" in desk.says("list")


def test_the_doctor_warns_of_a_stale_set(desk: Desk, neac: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "now", lambda: desk.now + timedelta(days=2))
    state, said = doctor._trust(desk.settings)
    assert (state, "neac" in said, "sohoa trust update" in said) == ("warns", True, True)


def test_every_certificate_and_list_is_shown_with_its_dates(desk: Desk, publisher: Publisher, neac: Any) -> None:
    told = desk("show", "neac")[1]
    assert [(each["role"], each["sha256"]) for each in told["members"]] == [
        ("root", sha256(publisher.root)),
        ("issuer", sha256(publisher.middle)),
    ]
    assert all(each["key"] == "EC secp256r1" for each in told["members"])
    assert {each["issuer"] for each in told["lists"]} == {"CN=Root", "CN=Middle"}
    said = desk.says("show", "neac")
    assert sha256(publisher.root) in said, "on one line, to be compared"
    assert "CN=Middle" in said


def test_foreign_names_cannot_forge_lines_on_the_terminal(desk: Desk, tmp_path: Path) -> None:
    odd = issue("Good\n[red]Root\u202e", None, ca=True)
    (tmp_path / "odd.pem").write_bytes(pem(odd))
    desk("add", "odd", str(tmp_path / "odd.pem"), confirmed=[sha256(odd)], crls=[])
    said = desk.says("show", "odd")
    assert "\u202e" not in said
    assert "[red]Root" in said


@pytest.mark.usefixtures("neac")
def test_a_set_that_was_removed_is_unknown(desk: Desk) -> None:
    assert desk("remove", "neac") == (0, {"format": 1, "exit": 0, "removed": "neac"})
    for name in ("show", "undo", "remove"):
        with pytest.raises(Usage) as caught:
            desk(name, "neac")
        assert caught.value.code == "trust-set-unknown"


def test_each_command_says_in_words_what_it_did(desk: Desk, publisher: Publisher) -> None:
    source, confirmed = f"{publisher.url}/ca.p7b", [sha256(publisher.root)]
    assert "Chưa có kho tin cậy nào" in desk.says("list")
    assert "Chưa có kho tin cậy nào" in desk.says("update", [])
    publisher.files["ca.p7b"] = p7b(publisher.root, publisher.middle, stranger := issue("Stranger", None, ca=True))
    said = desk.says("add", "neac", source, confirmed=confirmed, crls=[])
    assert ("Đã thêm kho tin cậy neac: 2 chứng thư" in said, sha256(stranger) in said) == (True, True)
    assert "neac" in desk.says("list")
    assert "không đổi" in desk.says("update", [])
    publisher.files["ca.p7b"] = p7b(publisher.root)
    assert "đã cập nhật" in desk.says("update", ["neac"])
    assert "Đã khôi phục kho tin cậy neac" in desk.says("undo", "neac")
    assert "Đã xóa kho tin cậy neac" in desk.says("remove", "neac")


def test_a_source_without_a_root_has_nothing_to_confirm(desk: Desk, publisher: Publisher) -> None:
    publisher.files["ca.p7b"] = p7b(publisher.middle)
    said = desk.says("add", "neac", f"{publisher.url}/ca.p7b", confirmed=[], crls=[])
    assert ("không có chứng thư gốc" in said, "--sha256" in said) == (True, False)


def test_a_damaged_set_stands_in_the_list_and_can_be_undone(desk: Desk, publisher: Publisher, neac: Any) -> None:
    publisher.files["ca.p7b"] = p7b(publisher.root)
    desk("update", ["neac"])
    (desk.settings.var / "trust" / "neac" / "current" / "set.json").write_bytes(b"{")
    assert "hỏng" in desk.says("list")
    assert desk("undo", "neac")[1]["set"]["certificates"] == neac["certificates"]


@pytest.mark.usefixtures("neac")
def test_what_never_changed_cannot_be_undone(desk: Desk) -> None:
    with pytest.raises(Usage) as caught:
        desk("undo", "neac")
    assert caught.value.code == "trust-nothing-to-undo"


# --- naming them -------------------------------------------------------------------------------------------------


def test_sets_and_files_are_named_together_with_commas(
    desk: Desk, publisher: Publisher, neac: Any, tmp_path: Path
) -> None:
    own = issue("Own", None, ca=True)
    (tmp_path / "own.pem").write_bytes(pem(own, publisher.root))
    trust = trust_of(desk.settings, [f"neac, {tmp_path / 'own.pem'}"])
    assert [each.dump() for each in trust.roots] == [publisher.root.der, own.der], "each once"
    assert len(trust.crls) == 2


def test_a_set_counts_where_it_is_named_and_nowhere_else(desk: Desk, publisher: Publisher, neac: Any) -> None:
    assert trust_of(desk.settings, []).roots == ()
    named = dataclasses.replace(desk.settings, trust=("neac",))
    assert [each.dump() for each in trust_of(named, []).roots] == [publisher.root.der]


def test_a_file_called_like_a_set_is_not_taken_for_one(
    desk: Desk, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what is trusted must not depend on the folder in which the command is run
    monkeypatch.chdir(tmp_path)
    Path("neac").write_bytes(pem(publisher.root))
    with pytest.raises(Usage) as caught:
        trust_of(desk.settings, ["neac"])
    assert caught.value.code == "trust-set-unknown"
    assert len(trust_of(desk.settings, ["./neac"]).roots) == 1


@pytest.mark.parametrize(
    ("word", "code"),
    [("vgca", "trust-set-unknown"), ("/nowhere/a.pem", "trust-missing"), (__file__, "trust-unreadable")],
)
def test_a_word_of_the_setting_that_leads_nowhere_is_the_installations_fault(desk: Desk, word: str, code: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        configured_trust(dataclasses.replace(desk.settings, trust=(word,)))
    assert caught.value.code == code


def test_words_are_parted_at_commas_and_blanks_dropped() -> None:
    assert words_in(["neac, vgca", "", "./own.pem,"]) == ("neac", "vgca", "./own.pem")


def test_every_refusal_has_a_sentence() -> None:
    from typing import get_args

    from pipeline.messages import reason
    from pipeline.trust_sets import REFUSALS
    from signing.trusting.model import Code

    assert set(REFUSALS) == set(get_args(Code))
    assert all(reason(each, {"what": "X"}) for each in REFUSALS.values())
