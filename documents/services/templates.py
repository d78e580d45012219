"""Writing templates: installing the shipped ones, publishing, retiring."""

import hashlib
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from documents.enums import VersionStatus
from documents.errors import StateConflictError
from documents.events import TemplatePublished
from documents.models import Clause, Template, TemplateVersion
from documents.selectors.clauses import Texts
from documents.transitions import VERSION
from kernel.canonical import canonical_bytes
from kernel.clock import DbNow
from kernel.journal import PLATFORM, Actor, record
from kernel.outbox import publish


class TemplateSource(Protocol):
    """A template as it is shipped or imported."""

    @property
    def slug(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def schema(self) -> dict[str, Any]: ...
    @property
    def body(self) -> str: ...
    @property
    def styles(self) -> str: ...
    @property
    def syntax(self) -> str: ...
    @property
    def clauses(self) -> Texts: ...
    @property
    def signature_excluded(self) -> str: ...


class ClauseSource(Protocol):
    """A clause as it is shipped or imported."""

    @property
    def slug(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def syntax(self) -> str: ...
    @property
    def body(self) -> str: ...


def content_hash(
    *, schema: dict[str, Any], body: str, styles: str, syntax: str, clauses: Texts, logo: bytes = b""
) -> str:
    """Hex SHA-256 of all that shapes a document beside its data."""
    logo_hash = hashlib.sha256(logo).hexdigest() if logo else ""
    return hashlib.sha256(canonical_bytes([schema, body, styles, syntax, clauses, logo_hash])).hexdigest()


def install_templates(*, sources: Iterable[TemplateSource], actor: Actor | None = None) -> list[TemplateVersion]:
    """Publish each source whose text is not the published one already; returns what was published. Safe to repeat."""
    by = actor or Actor.system("loadtemplates")
    return [version for source in sources if (version := _install(source, by)) is not None]


@transaction.atomic
def install_clauses(*, sources: Iterable[ClauseSource]) -> list[Clause]:
    """Add the clauses that the library does not have yet: what somebody changed there stays. Returns what was added."""
    known = set(Clause.objects.values_list("slug", "locale"))
    missing = [
        Clause(slug=one.slug, locale=one.locale, title=one.title, syntax=one.syntax, body=one.body)
        for one in sources
        if (one.slug, one.locale) not in known
    ]
    return Clause.objects.bulk_create(missing)


@transaction.atomic
def _install(source: TemplateSource, actor: Actor) -> TemplateVersion | None:
    template, _created = Template.objects.get_or_create(
        kind=source.kind, locale=source.locale, defaults={"slug": source.slug, "title": source.title}
    )
    template = Template.objects.select_for_update(no_key=True).get(pk=template.pk)
    if template.signature_excluded != source.signature_excluded:
        Template.objects.filter(pk=template.pk).update(signature_excluded=source.signature_excluded)
    published = template.versions.filter(status=VersionStatus.PUBLISHED).first()
    digest = content_hash(
        schema=source.schema,
        body=source.body,
        styles=source.styles,
        syntax=source.syntax,
        clauses=source.clauses,
        logo=bytes(published.logo) if published else b"",
    )
    if published is not None and published.content_hash == digest:
        return None
    version = TemplateVersion.objects.create(
        template=template,
        number=next_number(template.pk),
        schema=source.schema,
        body=source.body,
        styles=source.styles,
        syntax=source.syntax,
        clauses=source.clauses,
        logo=bytes(published.logo) if published else b"",
        content_hash=digest,
    )
    return publish_version(version_id=version.pk, actor=actor)


def next_number(template_id: UUID) -> int:
    """The number of a template's next version; under the template's lock."""
    newest = TemplateVersion.objects.filter(template_id=template_id).aggregate(number=Max("number"))["number"]
    return (newest or 0) + 1


@transaction.atomic
def publish_version(*, version_id: UUID, actor: Actor) -> TemplateVersion:
    """draft → published; the version published before is retired. Raises StateConflictError."""
    version = (
        TemplateVersion.objects.select_for_update(of=("self",), no_key=True)
        .select_related("template")
        .get(pk=version_id)
    )
    for former in TemplateVersion.objects.select_for_update(no_key=True).filter(
        template=version.template_id, status=VersionStatus.PUBLISHED
    ):
        if former.pk != version.pk:
            _move(former, "retire", actor)
    _move(version, "publish", actor)
    publish(TemplatePublished(version_id=version.pk))
    return version


@transaction.atomic
def retire_version(*, version_id: UUID, actor: Actor) -> TemplateVersion:
    """published → retired: no new documents from it. Raises StateConflictError."""
    version = (
        TemplateVersion.objects.select_for_update(of=("self",), no_key=True)
        .select_related("template")
        .get(pk=version_id)
    )
    _move(version, "retire", actor)
    return version


def _move(version: TemplateVersion, action: str, actor: Actor) -> None:
    before = VersionStatus(version.status)
    target = VERSION.get((before, action))
    if target is None:
        allowed = sorted(state for state, known in VERSION if known == action)
        raise StateConflictError(
            _("A template version in state “%(state)s” does not allow that.") % {"state": before.label},
            allowed_from=allowed,
        )
    version.status = target
    stamp = {"publish": "published_at", "retire": "retired_at"}[action]
    TemplateVersion.objects.filter(pk=version.pk).update(status=target, **{stamp: DbNow()})
    record(
        stream=PLATFORM,
        verb=f"template.{action}",
        actor=actor,
        subject=("template_version", version.pk),
        facts={
            "kind": version.template.kind,
            "locale": version.template.locale,
            "number": version.number,
            "from": before,
            "to": target,
            "content_hash": version.content_hash,
        },
    )
