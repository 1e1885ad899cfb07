"""What store and ledger raise is made ours where it enters: every kind of it."""

from __future__ import annotations

import pytest

import storage.errors
from pipeline.errors import Fault, Misconfigured, Rejected, SohoaError
from pipeline.messages import reason
from pipeline.translate import ours
from storage import ObjectChanged, ObjectMissing, StorageError


def kinds(root: type[StorageError]) -> list[type[StorageError]]:
    return [root, *(kind for each in root.__subclasses__() for kind in kinds(each))]


def raised(kind: type[StorageError]) -> StorageError:
    try:
        return kind("something")
    except TypeError:
        return kind("sealed", "0" * 64)


@pytest.mark.parametrize("kind", kinds(StorageError), ids=lambda kind: kind.__name__)
def test_every_storage_error_becomes_one_of_ours_with_a_sentence(kind):
    assert kind.__module__ == storage.errors.__name__
    with pytest.raises(SohoaError) as caught, ours():
        raise raised(kind)
    assert reason(caught.value.code, caught.value.facts)
    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize("error", [ObjectChanged("sealed", "0" * 64), ObjectMissing("sealed", "0" * 64)])
def test_a_changed_or_lost_object_is_not_tried_again(error):
    with pytest.raises(Misconfigured) as caught, ours():
        raise error
    assert not caught.value.retry
    assert caught.value.facts["sha256"] == "0" * 64


def test_what_nobody_foresaw_is_a_fault_of_ours_that_does_not_quote_its_data():
    with pytest.raises(Fault) as caught, ours():
        raise ZeroDivisionError("Trần Văn Mẫu")
    assert "Mẫu" not in reason(caught.value.code, caught.value.facts)
    assert caught.value.exit_code == 1


def test_our_own_errors_pass_as_they_are():
    error = Rejected("pdf-encrypted")
    with pytest.raises(Rejected) as caught, ours():
        raise error
    assert caught.value is error
