"""Seeds one dispute with 200 messages through the real services; run as `python -m bench.seed`, prints JSON."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.bench")
django.setup()

from cryptography.hazmat.primitives import serialization  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts.models import AuthSession  # noqa: E402
from accounts.public import User, start_session  # noqa: E402
from disputes.models import Dispute, Participant  # noqa: E402
from disputes.services.filing import Filing, open_dispute  # noqa: E402
from disputes.services.invitations import Invitee, join_dispute  # noqa: E402
from disputes.services.messages import post_message  # noqa: E402
from kernel.clock import now  # noqa: E402
from kernel.crypto import KeyScope, unwrap  # noqa: E402
from kernel.entry import entry  # noqa: E402
from kernel.links import make_token  # noqa: E402
from kernel.models import DataKey  # noqa: E402


def person(name: str) -> User:
    user = User(email=f"{name}@bench.example", full_name=name.title(), email_verified_at=now())
    user.set_unusable_password()
    user.save()
    return user


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False, stdout=sys.stderr)
    claimant, respondent = person("claimant"), person("respondent")
    with entry():
        dispute = open_dispute(
            acting_user=claimant,
            filing=Filing(
                title="Measured", description="A case for measuring.", invitees=(Invitee("respondent@bench.example"),)
            ),
        )
    invited = Participant.objects.select_related("invitation").get(dispute=dispute, user=None)
    with entry():
        join_dispute(
            acting_user=respondent, dispute_id=dispute.pk, token=make_token("invitation", invited.invitation.pk, 0)
        )
    for number in range(200):
        sender = claimant if number % 2 else respondent
        with entry():
            post_message(
                acting_user=sender,
                dispute_id=dispute.pk,
                content=f"Message {number}: " + "the parties go on talking about what was agreed. " * 3,
                is_private=number % 8 == 0,
            )
    tokens = []
    for user in (claimant, respondent):
        with entry():
            tokens.append(start_session(user=user, origin=None).access)
    row = DataKey.objects.get(scope_kind="dispute", scope_id=dispute.pk)
    key = unwrap(bytes(row.wrapped or b""), KeyScope("dispute", dispute.pk), row.version, row.master_id)
    private = serialization.load_pem_private_key(settings.JWT_PRIVATE_KEY.encode(), password=None)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    facts = {
        "dispute_id": str(dispute.pk),
        "tokens": tokens,
        "public_key": public.decode(),
        "data_key": key.hex(),
        "session_table": AuthSession._meta.db_table,
        "disputes": Dispute.objects.count(),
    }
    sys.stdout.write(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
