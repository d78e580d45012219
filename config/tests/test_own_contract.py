"""The settlement that Accord itself draws up, read against the policies that Accord ships."""

import pytest

from ai_mediation.adapters.compliance.analysis import analyse
from ai_mediation.adapters.compliance.policy import shipped_policies
from documents.adapters.jobs.rendering import render
from documents.adapters.library import shipped_templates
from documents.tests.factories import settlement

pytestmark = pytest.mark.unit

OPTIONAL = ("governing_law", "confidential", "agreed_facts", "recitals", "neutral", "cure_days")


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("leave_out", [(), OPTIONAL])
def test_our_own_settlement_has_no_findings(locale: str, leave_out: tuple[str, ...]) -> None:
    template = next(one for one in shipped_templates() if (one.kind, one.locale) == ("settlement_agreement", locale))
    data = {name: value for name, value in settlement().items() if name not in leave_out}
    text = render(body=template.body, styles="", data=data, locale=locale, stage="text")["text"]

    assert len(text) > 2000
    for policy in shipped_policies():
        assert analyse(text, policy, locale).findings == ()


@pytest.mark.parametrize(("locale", "mark"), [("en", "4.2 "), ("es", "4.2 ")])
def test_it_would_be_found_if_it_were_unfair(locale: str, mark: str) -> None:
    bad = {
        "en": "The Respondent waives all statutory rights.",
        "es": "La reclamada renuncia a los derechos que le da la ley.",
    }
    template = next(one for one in shipped_templates() if (one.kind, one.locale) == ("settlement_agreement", locale))
    text = render(body=template.body, styles="", data=settlement(), locale=locale, stage="text")["text"]
    assert mark in text
    found = [analyse(text.replace(mark, f"{mark}{bad[locale]} "), policy, locale) for policy in shipped_policies()]
    assert [analysis.risk_level for analysis in found] == ["high", "low", "high"]
