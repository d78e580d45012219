"""From inputs to a draft: fill in, render, read, judge."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ai_mediation.adapters.compliance.analysis import analyse
from ai_mediation.adapters.compliance.policy import Policy
from ai_mediation.adapters.drafting.placeholders import filled_inputs
from ai_mediation.adapters.drafting.quality import NamedCheck, checks_of, score_of
from ai_mediation.adapters.drafting.sections import sections_of
from ai_mediation.adapters.drafting.wording import Worded, worded
from documents.public import TemplateVersion, render_html, render_text


@dataclass(frozen=True)
class Written:
    """A draft before it is kept."""

    inputs: dict[str, Any]
    text: str
    sections: dict[str, str]
    checks: tuple[NamedCheck, ...]
    warnings: tuple[str, ...]
    wording: Worded

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
    owner_id: UUID,
) -> Written:
    """The draft of one document; warnings in `locale`. A model may word its free passages, where one is configured.

    Raises ValidationFailedError (`/inputs/…`), RenderError.
    """
    given, missing = filled_inputs(version, inputs, today=today)
    template = version.template
    wording = worded(template.kind, given, tone=tone, locale=template.locale, asked_by_id=owner_id)
    data = wording.inputs
    text = render_text(version.pk, data)
    analysis = analyse(text, policy, locale) if policy is not None else None
    checks = checks_of(text=text, data=data, schema=version.schema, missing=missing, analysis=analysis, today=today)
    warnings = [warning for check in checks for warning in check.warnings]
    if policy is None:
        warnings.append(_("No policy is published: the draft was read against none."))
    if wording.model:
        facts = {"model": wording.model, "count": wording.count}
        warnings.append(
            ngettext(
                "A language model (%(model)s) worded %(count)d background passage. Its figures, days and names were "
                "compared with yours; read it before you use it.",
                "A language model (%(model)s) worded %(count)d background passages. Their figures, days and names were "
                "compared with yours; read them before you use them.",
                wording.count,
            )
            % facts
        )
    elif tone:
        warnings.append(_("The wording is that of the published template; the tone changes nothing in it."))
    if version.template.locale != wanted_locale:
        languages = {"wanted": wanted_locale, "locale": version.template.locale}
        warnings.append(_("There is no template in “%(wanted)s”; the draft is in “%(locale)s”.") % languages)
    return Written(data, text, sections_of(render_html(version.pk, data)), checks, tuple(warnings), wording)
