"""Issuing and using mailed links. The caller holds the person's row."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F

from accounts.errors import LinkNotValidError
from accounts.models import LinkPurpose, MailLink, User
from kernel.clock import DbNow
from kernel.ids import new_id
from kernel.links import make_token, token_digest

LIFETIMES = {LinkPurpose.VERIFY_EMAIL: timedelta(days=3), LinkPurpose.PASSWORD_RESET: timedelta(hours=1)}


@transaction.atomic
def issue_link(*, user: User, purpose: LinkPurpose) -> None:
    """Open a fresh link; the one before, used or not, is dead from now on."""
    link = MailLink.objects.select_for_update(no_key=True).filter(user=user, purpose=purpose).first()
    if link is None:
        link = MailLink(id=new_id(), user=user, purpose=purpose, generation=0)
    else:
        link.generation += 1
    link.digest = token_digest(make_token(purpose.value, link.pk, link.generation))
    link.expires_at = DbNow() + LIFETIMES[purpose]
    link.used_at = None
    link.save()


@transaction.atomic
def use_link(*, token: str, purpose: LinkPurpose) -> User:
    """Use a link up and return its person, locked. Raises LinkNotValidError; of parallel uses one gets through."""
    link = (
        MailLink.objects.filter(digest=token_digest(token), purpose=purpose, used_at=None, expires_at__gt=DbNow())
        .values("pk", "user_id")
        .first()
    )
    if link is None:
        raise LinkNotValidError
    # The person first, then the link: the order in which issuing locks them.
    user = User.objects.select_for_update(no_key=True).filter(pk=link["user_id"], is_active=True).first()
    used = MailLink.objects.filter(
        pk=link["pk"], digest=token_digest(token), used_at=None, expires_at__gt=DbNow()
    ).update(used_at=DbNow())
    if user is None or not used:
        raise LinkNotValidError
    return user


def close_links(*, user: User, purpose: LinkPurpose) -> None:
    """Let the open link of this purpose die: what it was asked for has been settled otherwise."""
    MailLink.objects.filter(user=user, purpose=purpose, used_at=None).update(
        used_at=DbNow(), generation=F("generation") + 1
    )
