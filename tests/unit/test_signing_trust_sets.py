"""A set is what a person confirmed, renewed; on disk it is always one whole state or the other."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from authority import DAY, START, Holder, issue
from hypothesis import given, settings
from hypothesis import strategies as st
from trust_helpers import PEM, Service, Shelf, crl, list_signer, p7b, pem, sha256, trusted_list

from signing import TrustUnreadable, load_trust
from signing.trusting import Change, NoSuchSet, Order, Refused, TrustSet, TrustSets, first_state, next_state
from signing.trusting import sets as sets_module

ROOT, OTHER = issue("Root", None, ca=True), issue("Other", None, ca=True)
MIDDLE = issue("Middle", ROOT, ca=True)
LATER = START + DAY


def begun(shelf: Shelf, *confirmed: Holder, crls: tuple[str, ...] = (), name: str = "neac") -> Change:
    return first_state(Order(name, "source", crls, tuple(map(sha256, confirmed))), shelf, START)


def a_set(*, crls: tuple[bytes, ...] = ()) -> TrustSet:
    made = pem(ROOT, MIDDLE)
    return begun(Shelf({"source": made, "crl": p7b(crls=crls)}), ROOT, crls=("crl",) if crls else ()).set


def codes(change: Change) -> list[str]:
    return [each.code for each in change.troubles]


def roots(trust_set: TrustSet) -> set[str]:
    return {each.sha256 for each in trust_set.members if each.role == "root"}


# --- beginning a set ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [pem(ROOT, MIDDLE), p7b(ROOT, MIDDLE)], ids=["PEM", "P7B"]
)  # a PEM file and what authorities hand out hold the same
def test_a_confirmed_root_is_trusted_and_what_it_issued_helps(data: bytes) -> None:
    trust = begun(Shelf({"source": data}), ROOT).set.trust()
    assert [each.dump() for each in trust.roots] == [ROOT.der]
    assert [each.dump() for each in trust.intermediates] == [MIDDLE.der]


def test_one_certificate_in_der_is_enough() -> None:
    assert roots(begun(Shelf({"source": ROOT.der}), ROOT).set) == {sha256(ROOT)}


def test_a_root_that_was_not_confirmed_is_left_out_and_told() -> None:
    change = begun(Shelf({"source": pem(ROOT, OTHER)}), ROOT)
    assert (roots(change.set), codes(change)) == ({sha256(ROOT)}, ["root-unconfirmed"])


def test_a_fingerprint_that_the_source_does_not_hold_adds_nothing() -> None:
    with pytest.raises(Refused) as caught:
        begun(Shelf({"source": pem(ROOT)}), ROOT, OTHER)
    assert (caught.value.trouble.code, caught.value.trouble.what) == ("root-gone", sha256(OTHER))


def test_a_certificate_below_a_root_cannot_be_confirmed_as_one() -> None:
    with pytest.raises(Refused) as caught:
        begun(Shelf({"source": pem(ROOT, MIDDLE)}), MIDDLE)
    assert caught.value.trouble.code == "root-gone"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x30\x03\x02\x01\x01", pem(ROOT)[:-40]])
def test_what_holds_no_certificate_begins_no_set(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        begun(Shelf({"source": data}), ROOT)
    assert caught.value.trouble.code == "source-unreadable"


def test_who_signed_a_trusted_list_answers_for_all_of_it() -> None:
    signer = list_signer()
    change = begun(Shelf({"source": trusted_list(signer, Service(MIDDLE))}), signer)
    trust = change.set.trust()
    assert [each.dump() for each in trust.roots] == [MIDDLE.der], "an authority may be no root by its form"
    assert change.set.next_update == START + 180 * DAY


# --- renewing it -------------------------------------------------------------------------------------------------


def renewed(present: TrustSet, shelf: Shelf) -> Change:
    return next_state(present, shelf, LATER)


def test_a_new_root_is_refused_until_a_person_confirms_it() -> None:
    change = renewed(a_set(), Shelf({"source": pem(ROOT, MIDDLE, OTHER)}))
    assert (roots(change.set), codes(change)) == ({sha256(ROOT)}, ["root-unconfirmed"])
    assert change.troubles[0].what == sha256(OTHER), "the person is told which"


def test_a_root_that_was_seen_and_not_confirmed_is_told_once() -> None:
    shelf = Shelf({"source": pem(ROOT, OTHER)})
    assert codes(renewed(begun(shelf, ROOT).set, shelf)) == []


def test_a_new_authority_below_a_confirmed_root_comes_in() -> None:
    new = issue("New", ROOT, ca=True)
    change = renewed(a_set(), Shelf({"source": pem(ROOT, new)}))
    assert {each.sha256 for each in change.set.members} == {sha256(ROOT), sha256(new)}


def test_a_source_that_lost_the_confirmed_root_changes_nothing() -> None:
    present = a_set()
    change = renewed(present, Shelf({"source": pem(OTHER)}))
    assert (change.set, codes(change)) == (present, ["root-gone"])


def test_a_source_that_is_away_leaves_the_certificates_and_the_lists_are_renewed_all_the_same() -> None:
    new = crl(ROOT, made=LATER)
    present = a_set(crls=(crl(ROOT),))
    change = renewed(present, Shelf({"crl": new}))
    assert codes(change) == ["source-unreachable"]
    assert (change.set.members, change.set.crls, change.fetched) == (present.members, (new,), None)


def test_a_revocation_list_that_nobody_of_the_set_signed_is_refused() -> None:
    present = a_set(crls=(crl(ROOT),))
    change = renewed(present, Shelf({"source": pem(ROOT, MIDDLE), "crl": crl(OTHER, made=LATER)}))
    assert (codes(change), change.set.crls) == (["crl-foreign"], present.crls)


def test_a_list_signed_by_a_namesake_is_refused() -> None:
    namesake = issue("Root", None, ca=True)
    present = a_set(crls=(crl(ROOT),))
    change = renewed(present, Shelf({"source": pem(ROOT, MIDDLE), "crl": crl(namesake, made=LATER)}))
    assert (codes(change), change.set.crls) == (["crl-foreign"], present.crls)


@pytest.mark.parametrize(
    "older",
    [crl(ROOT, made=START - DAY, number=6), crl(ROOT, made=START - DAY), crl(ROOT, made=START + DAY, number=4)],
    ids=["time and number", "time", "number"],
)
def test_a_list_from_before_the_one_that_is_held_is_refused(older: bytes) -> None:
    # else whoever stands between could play back the list of the day before a revocation
    present = a_set(crls=(crl(ROOT, number=5),))
    change = renewed(present, Shelf({"source": pem(ROOT, MIDDLE), "crl": older}))
    assert (codes(change), change.set.crls) == (["crl-older"], present.crls)


def test_an_old_list_in_the_source_does_not_matter_where_a_newer_one_comes_with_it() -> None:
    old, new = crl(ROOT), crl(ROOT, made=LATER)
    shelf = Shelf({"source": p7b(ROOT, MIDDLE, crls=(old,)), "crl": new})
    first = begun(shelf, ROOT, crls=("crl",)).set
    change = renewed(first, shelf)
    assert (first.crls, change.set.crls, codes(change)) == ((new,), (new,), [])


def test_lists_of_two_authorities_stand_side_by_side() -> None:
    assert len(a_set(crls=(crl(ROOT), crl(MIDDLE))).crls) == 2


def test_a_list_goes_with_the_authority_that_signed_it() -> None:
    change = renewed(a_set(crls=(crl(MIDDLE),)), Shelf({"source": pem(ROOT), "crl": p7b(ROOT)}))
    assert (change.set.crls, codes(change)) == ((), ["source-unreadable"])


def test_a_trusted_list_from_before_the_one_that_is_held_is_refused() -> None:
    signer = list_signer()
    present = begun(Shelf({"source": trusted_list(signer, Service(ROOT), sequence=8)}), signer).set
    change = renewed(present, Shelf({"source": trusted_list(signer, Service(OTHER), sequence=7)}))
    assert (change.set, codes(change)) == (present, ["trusted-list-older"])
    newer = renewed(present, Shelf({"source": trusted_list(signer, Service(OTHER), sequence=9)}))
    assert (roots(newer.set), codes(newer)) == ({sha256(OTHER)}, [])


def test_a_bundle_does_not_take_the_place_of_a_trusted_list() -> None:
    signer = list_signer()
    present = begun(Shelf({"source": trusted_list(signer, Service(ROOT))}), signer).set
    change = renewed(present, Shelf({"source": pem(signer)}))
    assert (change.set, codes(change)) == (present, ["source-unreadable"])


def test_a_set_is_stale_once_the_first_of_its_parts_was_due() -> None:
    held = a_set(crls=(crl(ROOT, life=3 * DAY), crl(MIDDLE, life=2 * DAY)))
    assert held.next_update == START + 2 * DAY
    assert [held.stale_at(START + days * DAY) for days in (1, 2, 2.5)] == [False, False, True]


def test_a_set_without_lists_is_never_stale_since_nothing_in_it_was_due() -> None:
    assert not a_set().stale_at(START + 9999 * DAY)


POOL = (ROOT, OTHER, MIDDLE, issue("Third", None, ca=True))
BUNDLES = st.lists(st.sampled_from(POOL), max_size=4).map(lambda few: pem(*few))


@settings(deadline=None, max_examples=60)
@given(sources=st.lists(st.one_of(BUNDLES, st.binary(max_size=9)), max_size=5), seen=BUNDLES)
def test_no_renewal_ever_trusts_a_root_that_nobody_confirmed(sources: list[bytes], seen: bytes) -> None:
    held = begun(Shelf({"source": seen + pem(ROOT)}), ROOT).set
    for data in sources:
        held = next_state(held, Shelf({"source": data}), LATER).set
        assert {each.dump() for each in held.trust().roots} == {ROOT.der}


# --- on disk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def sets(tmp_path: Path) -> TrustSets:
    return TrustSets(tmp_path / "trust")


def states(number: int) -> list[TrustSet]:
    """Several states of one set, each with a list more recent than the one before."""
    held = [a_set(crls=(crl(ROOT),))]
    for day in range(1, number):
        shelf = Shelf({"source": pem(ROOT, MIDDLE), "crl": crl(ROOT, made=START + day * DAY)})
        held.append(next_state(held[-1], shelf, START + day * DAY).set)
    return held


def test_what_is_written_is_read_back_as_it_was(sets: TrustSets) -> None:
    signer = list_signer()
    listed = begun(Shelf({"source": trusted_list(signer, Service(ROOT))}), signer, name="eu").set
    for each in (*states(1), listed):
        sets.write(each, b"as fetched")
        assert sets.read(each.name) == each
    assert sets.names() == ("eu", "neac")


def test_other_programs_can_read_what_is_trusted(sets: TrustSets, tmp_path: Path) -> None:
    sets.write(*states(1), b"")
    trust = load_trust([tmp_path / "trust" / "neac" / "current" / "trust.pem"])
    assert (len(trust.roots), len(trust.intermediates), len(trust.crls)) == (1, 1, 1)


def test_the_octets_of_the_source_are_kept_as_they_came(sets: TrustSets, tmp_path: Path) -> None:
    one, two = states(2)
    sets.write(one, b"as fetched")
    sets.write(two, None)
    assert (tmp_path / "trust" / "neac" / "current" / "fetched").read_bytes() == b"as fetched"


def test_a_change_can_be_undone_and_that_too(sets: TrustSets) -> None:
    one, two, three = states(3)
    for each in (one, two, three):
        sets.write(each, b"")
    assert sets.undo("neac") == two
    assert sets.read("neac") == two
    assert sets.undo("neac") == three


def test_what_never_changed_cannot_be_undone(sets: TrustSets) -> None:
    sets.write(*states(1), b"")
    with pytest.raises(NoSuchSet):
        sets.undo("neac")


def test_noting_a_look_does_not_cost_the_former_state(sets: TrustSets) -> None:
    one, two = states(2)
    sets.write(one, b"")
    sets.write(two, b"")
    sets.touch(two)
    assert sets.undo("neac") == one


def test_only_two_states_are_kept_however_often_a_set_changes(sets: TrustSets, tmp_path: Path) -> None:
    for each in states(5):
        sets.write(each, b"")
    assert sorted(each.name for each in (tmp_path / "trust" / "neac").iterdir()) == ["4", "5", "current", "former"]


@pytest.mark.parametrize("step", ["_put", "_point", "_tidy"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_crash_in_the_middle_of_a_change_leaves_one_whole_state(
    sets: TrustSets, monkeypatch: pytest.MonkeyPatch, step: str, call: int
) -> None:
    one, two, three = states(3)
    sets.write(one, b"")
    sets.write(two, b"")
    real, calls = getattr(sets_module, step), [0]

    def crash(*words: object) -> object:
        calls[0] += 1
        if calls[0] == call:
            raise OSError("power cut")
        return real(*words)

    with monkeypatch.context() as patched:
        patched.setattr(sets_module, step, crash)
        with contextlib.suppress(OSError):
            sets.write(three, b"")
    assert sets.read("neac") in (two, three)
    sets.write(three, b"")
    assert sets.read("neac") == three


@pytest.mark.parametrize("name", ["set.json", "trust.pem"])
def test_damage_is_found_and_never_read_as_less_trust(sets: TrustSets, tmp_path: Path, name: str) -> None:
    sets.write(*states(1), b"")
    path = tmp_path / "trust" / "neac" / "current" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TrustUnreadable, match="sohoa trust undo"):
        sets.read("neac")


def test_a_certificate_slipped_into_the_file_is_found(sets: TrustSets, tmp_path: Path) -> None:
    sets.write(*states(1), b"")
    with (tmp_path / "trust" / "neac" / "current" / "trust.pem").open("ab") as file:
        file.write(OTHER.certificate.public_bytes(PEM))
    with pytest.raises(TrustUnreadable):
        sets.read("neac")


def test_a_field_of_another_kind_is_damage(sets: TrustSets, tmp_path: Path) -> None:
    sets.write(*states(1), b"")
    path = tmp_path / "trust" / "neac" / "current" / "set.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"roles": []}))
    with pytest.raises(TrustUnreadable):
        sets.read("neac")


def test_a_set_that_was_removed_is_gone_with_its_former_state(sets: TrustSets, tmp_path: Path) -> None:
    for each in states(2):
        sets.write(each, b"")
    sets.remove("neac")
    assert (sets.names(), list((tmp_path / "trust").iterdir())) == ((), [])


@pytest.mark.parametrize("name", ["nothing", "../neac", "neac/../neac", "", ".", "Neac", "neac\n"])
def test_a_name_that_is_none_reads_changes_and_removes_nothing(sets: TrustSets, name: str) -> None:
    sets.write(*states(1), b"")
    for act in (sets.read, sets.undo, sets.remove):
        with pytest.raises(NoSuchSet):
            act(name)
    assert sets.names() == ("neac",)
