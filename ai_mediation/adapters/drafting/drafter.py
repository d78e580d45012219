"""From inputs to a draft: fill in, render, read, judge."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ai_mediation.adapters.compliance.analysis import analyse
from ai_mediation.adapters.compliance.policy import Policy
from ai_mediation.adapters.drafting.placeholders import filled_inputs
from ai_mediation.adapters.drafting.quality import NamedCheck, checks_of, score_of
from ai_mediation.adapters.drafting.sections import sections_of
from documents.public import TemplateVersion, render_html, render_text


@dataclass(frozen=True)
class Written:
    """A draft before it is kept."""

    inputs: dict[str, Any]
    text: str
    sections: dict[str, str]
    checks: tuple[NamedCheck, ...]
    warnings: tuple[str, ...]

    @property
    def quality(self) -> Decimal:
        return score_of(self.checks)

    def as_json(self) -> dict[str, Any]:
        return {
            "inputs": self.inputs,
            "text": self.text,
            "sections": self.sections,
            "checks": [asdict(check) for check in self.checks],
            "warnings": list(self.warnings),
        }


def write_draft(
    version: TemplateVersion,
    inputs: Mapping[str, Any],
    *,
    policy: Policy | None,
    locale: str,
    tone: str,
    wanted_locale: str,
    today: date,
) -> Written:
    """The draft of one document; warnings in `locale`. Raises ValidationFailedError (`/inputs/…`), RenderError."""
    data, missing = filled_inputs(version, inputs, today=today)
    text = render_text(version.pk, data)
    analysis = analyse(text, policy, locale) if policy is not None else None
    checks = checks_of(text=text, data=data, schema=version.schema, missing=missing, analysis=analysis, today=today)
    warnings = [warning for check in checks for warning in check.warnings]
    if policy is None:
        warnings.append(_("No policy is published: the draft was read against none."))
    if tone:
        warnings.append(_("The wording is that of the published template; the tone changes nothing in it."))
    if version.template.locale != wanted_locale:
        facts = {"wanted": wanted_locale, "locale": version.template.locale}
        warnings.append(_("There is no template in “%(wanted)s”; the draft is in “%(locale)s”.") % facts)
    return Written(data, text, sections_of(render_html(version.pk, data)), checks, tuple(warnings))
