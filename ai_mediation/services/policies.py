"""Writing policies: importing, publishing, retiring. What was published never changes; another text is another version."""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ai_mediation.enums import PolicyStatus
from ai_mediation.models import Policy, PolicyVersion
from ai_mediation.transitions import POLICY_VERSION
from kernel.clock import DbNow
from kernel.errors import ConflictError
from kernel.journal import PLATFORM, Actor, record


class PolicySource(Protocol):
    """A policy as it is shipped or imported, checked already."""

    @property
    def slug(self) -> str: ...
    @property
    def content_hash(self) -> str: ...
    def as_json(self) -> dict[str, Any]: ...


def install_policies(*, sources: Iterable[PolicySource], actor: Actor | None = None) -> list[PolicyVersion]:
    """Publish each source whose rules are none of its policy's versions; returns what was published. Safe to repeat.

    A version that an administrator retired stays retired: its text is known, so it is not published again.
    """
    by = actor or Actor.system("loadpolicies")
    made = [import_policy(source=source) for source in sources]
    return [publish_policy_version(version_id=version.pk, actor=by) for version in made if version is not None]


@transaction.atomic
def import_policy(*, source: PolicySource) -> PolicyVersion | None:
    """The source as a new draft version; None when its policy has had exactly these rules before."""
    policy, _created = Policy.objects.get_or_create(slug=source.slug)
    policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    if policy.versions.filter(content_hash=source.content_hash).exists():
        return None
    newest = policy.versions.aggregate(number=Max("number"))["number"] or 0
    return PolicyVersion.objects.create(
        policy=policy, number=newest + 1, content=source.as_json(), content_hash=source.content_hash
    )


@transaction.atomic
def publish_policy_version(*, version_id: UUID, actor: Actor) -> PolicyVersion:
    """draft → published; the version published before is retired. Raises ConflictError."""
    version = _locked(version_id)
    _target(version, "publish")
    for former in version.policy.versions.select_for_update(no_key=True).filter(status=PolicyStatus.PUBLISHED):
        _move(former, "retire", actor)
    _move(version, "publish", actor)
    return version


@transaction.atomic
def retire_policy_version(*, version_id: UUID, actor: Actor) -> PolicyVersion:
    """published → retired: nothing is read against it any more. Raises ConflictError."""
    version = _locked(version_id)
    _move(version, "retire", actor)
    return version


def _locked(version_id: UUID) -> PolicyVersion:
    """The version, and its policy's row locked: one version of a policy moves at a time."""
    version = PolicyVersion.objects.select_related("policy").get(pk=version_id)
    Policy.objects.select_for_update(no_key=True).get(pk=version.policy_id)
    return (
        PolicyVersion.objects.select_for_update(of=("self",), no_key=True).select_related("policy").get(pk=version_id)
    )


def _target(version: PolicyVersion, action: str) -> PolicyStatus:
    before = PolicyStatus(version.status)
    target = POLICY_VERSION.get((before, action))
    if target is None:
        allowed = sorted(state for state, known in POLICY_VERSION if known == action)
        raise ConflictError(
            _("A policy version in state “%(state)s” does not allow that.") % {"state": before.label},
            allowed_from=allowed,
        )
    return target


def _move(version: PolicyVersion, action: str, actor: Actor) -> None:
    before, target = version.status, _target(version, action)
    version.status = target
    stamp = {"publish": "published_at", "retire": "retired_at"}[action]
    PolicyVersion.objects.filter(pk=version.pk).update(status=target, **{stamp: DbNow()})
    record(
        stream=PLATFORM,
        verb=f"policy.{action}",
        actor=actor,
        subject=("policy_version", version.pk),
        facts={
            "policy": version.policy.slug,
            "number": version.number,
            "from": before,
            "to": target,
            "content_hash": version.content_hash,
        },
    )
