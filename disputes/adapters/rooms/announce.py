"""What rooms are told through the channel layer: the state of their case, ended sessions, drafts as they are written."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def _tell(group: str, message: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    async_to_sync(layer.group_send)(group, message)


def tell_status(dispute_id: UUID, frame: dict[str, Any]) -> None:
    """Show a `status` frame to everybody in the room. Raises what the broker's client raises when it is away."""
    _tell(f"dispute.{dispute_id}", {"type": "dispute.status", "dispute_id": str(dispute_id), "frame": frame})


def tell_sessions_ended(user_id: UUID) -> None:
    """Have every process look at once whether this person's sockets may stay."""
    _tell(f"person.{user_id}", {"type": "session.revoked", "user_id": str(user_id)})


def tell_draft(
    *, dispute_id: UUID, stream_id: UUID, kind: str, members: Sequence[UUID], draft_id: str, text: str
) -> None:
    """Show the readers of one stream a piece of what is being written there, as `ai_delta`."""
    frame = {"stream": str(stream_id), "draft_id": draft_id, "text": text}
    people = [str(member) for member in members]
    _tell(
        f"dispute.{dispute_id}",
        {"type": "ai.delta", "dispute_id": str(dispute_id), "kind": kind, "members": people, "frame": frame},
    )
