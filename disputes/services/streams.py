"""Message streams: which one a message belongs to. Their ids follow from who is in them, so nobody has to look them up."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("7d5c6f0e-3f53-5a4e-9d0f-6a7c1d1b8a52")


def joint_stream_id(dispute_id: UUID) -> UUID:
    return uuid5(_NAMESPACE, f"joint|{dispute_id}")


def caucus_stream_id(dispute_id: UUID, party_id: UUID) -> UUID:
    return uuid5(_NAMESPACE, f"caucus|{dispute_id}|{party_id}")


def pair_stream_id(dispute_id: UUID, one: UUID, other: UUID) -> UUID:
    first, second = sorted((one, other))
    return uuid5(_NAMESPACE, f"pair|{dispute_id}|{first}|{second}")
