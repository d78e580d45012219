"""Link tokens: made again from a key, never stored."""

import base64
import hashlib
import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from kernel.links import PURPOSES, make_token, token_digest

pytestmark = pytest.mark.unit

ROW = UUID("0190a000-0000-7000-8000-000000000001")


@given(st.sampled_from(sorted(PURPOSES)), st.uuids(), st.integers(0, 10**6))
def test_token_is_43_url_safe_characters_and_the_same_each_time(purpose: str, row_id: UUID, generation: int) -> None:
    token = make_token(purpose, row_id, generation)
    assert token == make_token(purpose, row_id, generation)
    assert len(token) == 43
    assert len(base64.urlsafe_b64decode(token + "=")) == 32


def test_token_is_the_documented_hmac(settings: Settings) -> None:
    key = hashlib.sha256(b"accord-link-key|" + settings.SECRET_KEY.encode()).digest()
    expected = hmac.digest(key, f"sign|{ROW}|3".encode(), "sha256")
    assert base64.urlsafe_b64decode(make_token("sign", ROW, 3) + "=") == expected


def test_token_differs_by_purpose_row_generation_and_key(settings: Settings) -> None:
    tokens = {make_token(purpose, ROW, generation) for purpose in PURPOSES for generation in range(3)}
    tokens |= {make_token("sign", UUID(int=number)) for number in range(50)}
    settings.SECRET_KEY = "another " * 8
    tokens.add(make_token("sign", ROW))
    assert len(tokens) == len(PURPOSES) * 3 + 50 + 1


def test_token_of_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(ValueError, match="purpose"):
        make_token("anything", ROW)


@pytest.mark.parametrize("text", ["", "abc", "é", "\ud800", "x" * 10_000])
def test_token_digest_takes_whatever_stands_in_an_address(text: str) -> None:
    assert len(token_digest(text)) == 32


def test_token_digest_is_sha256() -> None:
    assert token_digest("abc") == hashlib.sha256(b"abc").digest()
