"""The signer's page in the signer's language, the switch's, and in the zone the time is named in."""

import pytest
from django.test import Client

from accounts.tests.factories import UserFactory
from esign.models import Signature
from esign.tests.factories import Envelope, envelope_of, spec, token_of

pytestmark = pytest.mark.db


def envelope_for_ana() -> Envelope:
    return envelope_of(spec(UserFactory(locale="es", timezone="Europe/Madrid")))


def language_of(client: Client, address: str) -> str:
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    return page.partition('<html lang="')[2].partition('"')[0]


def test_the_page_is_in_the_signers_language_until_another_is_chosen() -> None:
    client, address = Client(), f"/sign/{token_of(envelope_for_ana())}"
    assert language_of(client, address) == "es"
    client.post("/language/", {"language": "en", "next": address})
    assert language_of(client, address) == "en"


@pytest.mark.parametrize(("shown", "kept"), [("en", "en"), ("es", "es"), ("xx", "es"), (None, "es")])
def test_the_consent_kept_is_the_text_that_was_shown(shown: str | None, kept: str) -> None:
    envelope = envelope_for_ana()
    form = {"action": "sign", "full_name": "Ana", "consent": "on", "checksum": envelope.document_sha256}
    answer = Client().post(f"/sign/{token_of(envelope)}", {**form, **({"language": shown} if shown else {})})
    assert answer.status_code == 200
    assert Signature.objects.get().consent_locale == kept


def test_the_form_says_which_language_it_showed() -> None:
    address = f"/sign/{token_of(envelope_for_ana())}"
    assert '<input type="hidden" name="language" value="es">' in Client().get(address).content.decode()


def test_a_time_names_its_zone() -> None:
    page = Client().get(f"/sign/{token_of(envelope_for_ana())}").content.decode()
    sign_by = page.partition("<time datetime=")[2].partition("</time>")[0]
    assert "Europa central" in sign_by
