"""Seeds rooms of ten people each and one with 500 lines, through the real services; run as `python -m bench.seed_rooms`, prints JSON."""

import json
import os
import sys
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.bench")
django.setup()

from django.core.management import call_command  # noqa: E402

from accounts.public import User, start_session  # noqa: E402
from disputes.models import Participant  # noqa: E402
from disputes.services.filing import Filing, open_dispute  # noqa: E402
from disputes.services.invitations import Invitee, email_index, join_dispute  # noqa: E402
from disputes.services.messages import post_message  # noqa: E402
from disputes.services.streams import joint_stream_id  # noqa: E402
from kernel.clock import now  # noqa: E402
from kernel.entry import entry  # noqa: E402
from kernel.links import make_token  # noqa: E402

ROOMS, PEOPLE, LINES = 20, 10, 500


def person(name: str) -> User:
    user = User(email=f"{name}@bench.example", full_name=name, email_verified_at=now())
    user.set_unusable_password()
    user.save()
    return user


def room(number: int) -> tuple[dict[str, Any], User, UUID]:
    people = [person(f"room{number}.person{place}") for place in range(PEOPLE)]
    with entry():
        dispute = open_dispute(
            acting_user=people[0],
            filing=Filing(
                title="Measured",
                description="A case for measuring.",
                invitees=tuple(Invitee(each.email) for each in people[1:]),
            ),
        )
    invited = Participant.objects.select_related("invitation").filter(dispute=dispute, user=None)
    by_index = {bytes(each.email_index or b""): each for each in invited}
    for each in people[1:]:
        token = make_token("invitation", by_index[email_index(each.email)].invitation.pk, 0)
        with entry():
            join_dispute(acting_user=each, dispute_id=dispute.pk, token=token)
    tokens = []
    for each in people:
        with entry():
            tokens.append(start_session(user=each, origin=None).access)
    shown = {"id": str(dispute.pk), "stream": str(joint_stream_id(dispute.pk)), "tokens": tokens}
    return shown, people[0], dispute.pk


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False, stdout=sys.stderr)
    rooms = [room(number) for number in range(ROOMS + 1)]
    talked, first, dispute_id = rooms.pop()
    for number in range(LINES):
        with entry():
            post_message(acting_user=first, dispute_id=dispute_id, content=f"Line {number} of what was said. " * 3)
    shown = [each for each, _first, _id in rooms]
    sys.stdout.write(json.dumps({"rooms": shown, "talked": talked, "lines": LINES}) + "\n")


main()
