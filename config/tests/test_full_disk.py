"""A full disk, where an upload meets it first: before any view."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.tests.factories import bearer
from disputes.models import Evidence
from disputes.tests.factories import stating
from documents.tests.test_keeping import no_room_beyond

pytestmark = pytest.mark.db


def test_a_disk_that_is_full_while_an_upload_comes_in_is_said_so() -> None:
    """Beyond 2.5 MB Django writes an upload to a temporary file before any view sees it."""
    case = stating()
    upload = SimpleUploadedFile("a.txt", b"word " * 1_000_000)
    address = f"/api/disputes/{case.id}/evidence"

    with no_room_beyond(1_000_000):
        answer = Client().post(address, {"file": upload}, **bearer(case.claimant))

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert answer["Retry-After"] == "60"
    assert not Evidence.objects.exists()
