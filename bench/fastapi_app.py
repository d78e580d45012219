"""The other side of the comparison: a small FastAPI + SQLAlchemy (async, asyncpg) app over the same tables.

Written as a competent team would: one engine with a pool, prepared statements by asyncpg, the same work per request as Accord
does — verified token (remembered, like ours), session row, membership, privacy; for POST also journal, chain and outbox in one
transaction. Environment: BENCH_DATABASE_URL, BENCH_PUBLIC_KEY (PEM), BENCH_DATA_KEY (hex; the dispute's unwrapped data key).
"""

import hashlib
import json
import os
from collections.abc import AsyncIterator
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import jwt
import orjson
import uuid_utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel
from sqlalchemy import BigInteger, DateTime, ForeignKey, LargeBinary, String, and_, func, or_, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PUBLIC_KEY = os.environ["BENCH_PUBLIC_KEY"]
DATA_KEY = AESGCM(bytes.fromhex(os.environ["BENCH_DATA_KEY"]))
engine = create_async_engine(os.environ["BENCH_DATABASE_URL"], pool_size=10, max_overflow=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)
Id = postgresql.UUID(as_uuid=True)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "accounts_user"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    role: Mapped[str]
    is_active: Mapped[bool]
    credential_generation: Mapped[int]


class AuthSession(Base):
    __tablename__ = os.environ.get("BENCH_SESSION_TABLE", "accounts_auth_session")
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(Id, ForeignKey("accounts_user.id"))
    generation: Mapped[int]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Participant(Base):
    __tablename__ = "disputes_participant"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    dispute_id: Mapped[UUID] = mapped_column(Id)
    user_id: Mapped[UUID | None] = mapped_column(Id)
    status: Mapped[str]
    side: Mapped[str]


class Dispute(Base):
    __tablename__ = "disputes_dispute"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    status: Mapped[str]


class MessageStream(Base):
    __tablename__ = "disputes_message_stream"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    dispute_id: Mapped[UUID] = mapped_column(Id)
    kind: Mapped[str]
    member_a_id: Mapped[UUID | None] = mapped_column(Id)
    member_b_id: Mapped[UUID | None] = mapped_column(Id)


class Message(Base):
    __tablename__ = "disputes_message"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    stream_id: Mapped[UUID] = mapped_column(Id)
    seq: Mapped[int] = mapped_column(BigInteger)
    sender_type: Mapped[str]
    sender_id: Mapped[UUID | None] = mapped_column(Id)
    content: Mapped[str]
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    client_id: Mapped[str | None] = mapped_column(String)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class JournalStream(Base):
    __tablename__ = "kernel_journal_stream"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    last_seq: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)
    last_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class JournalEntry(Base):
    __tablename__ = "kernel_journal_entry"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    stream_id: Mapped[UUID] = mapped_column(Id)
    seq: Mapped[int] = mapped_column(BigInteger)
    verb: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(Id)
    actor_name: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None] = mapped_column(Id)
    request_id: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(postgresql.JSONB)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class OutboxEvent(Base):
    __tablename__ = "kernel_outbox_event"
    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    type: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(postgresql.JSONB)
    request_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class MessageOut(BaseModel):
    id: UUID
    stream: UUID
    seq: int
    sender_type: str
    sender_id: UUID | None
    is_private: bool
    recipient_id: UUID | None
    content: str
    created_at: datetime


class MessagePage(BaseModel):
    results: list[MessageOut]
    next: str | None = None
    previous: str | None = None
    cursor: dict[UUID, int]


class NewMessage(BaseModel):
    content: str


app = FastAPI()


async def database() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Db = Annotated[AsyncSession, Depends(database)]


@lru_cache(maxsize=8192)
def verified(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, PUBLIC_KEY, algorithms=["RS256"])
    return claims


async def current_user(db: Db, authorization: Annotated[str, Header()]) -> User:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401)
    try:
        claims = verified(token)
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
    user = await db.scalar(
        select(User)
        .join(AuthSession, AuthSession.user_id == User.id)
        .where(
            AuthSession.id == UUID(claims["sid"]),
            User.id == UUID(claims["sub"]),
            AuthSession.revoked_at.is_(None),
            AuthSession.generation == User.credential_generation,
            User.is_active,
        )
    )
    if user is None:
        raise HTTPException(401)
    return user


Caller = Annotated[User, Depends(current_user)]


async def membership(db: AsyncSession, dispute_id: UUID, user: User) -> Dispute:
    dispute = await db.scalar(
        select(Dispute)
        .join(Participant, Participant.dispute_id == Dispute.id)
        .where(
            Dispute.id == dispute_id,
            Participant.user_id == user.id,
            Participant.status == "joined",
            Participant.side != "neutral",
        )
    )
    if dispute is None:
        raise HTTPException(404)
    return dispute


def opened(message: Message) -> str:
    if message.content_sealed is None:
        return message.content
    token = message.content_sealed
    version = int.from_bytes(token[1:3], "big")
    place = f"disputes_message|{message.id}|content|{version}".encode()
    return DATA_KEY.decrypt(token[3:15], token[15:], place).decode()


def recipient(stream: MessageStream, message: Message) -> UUID | None:
    if stream.kind == "pair":
        return stream.member_b_id if message.sender_id == stream.member_a_id else stream.member_a_id
    if stream.kind == "caucus" and message.sender_id != stream.member_a_id:
        return stream.member_a_id
    return None


@app.get("/api/disputes/{dispute_id}/messages")
async def messages(
    dispute_id: UUID, db: Db, user: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> MessagePage:
    await membership(db, dispute_id, user)
    rows = (
        await db.execute(
            select(MessageStream, JournalStream.last_seq)
            .join(JournalStream, JournalStream.id == MessageStream.id)
            .where(
                MessageStream.dispute_id == dispute_id,
                or_(
                    MessageStream.kind == "joint",
                    and_(MessageStream.kind == "caucus", MessageStream.member_a_id == user.id),
                    and_(
                        MessageStream.kind == "pair",
                        or_(MessageStream.member_a_id == user.id, MessageStream.member_b_id == user.id),
                    ),
                ),
            )
        )
    ).all()
    streams = {stream.id: stream for stream, _ in rows}
    found = await db.scalars(
        select(Message)
        .where(Message.stream_id.in_(streams))
        .order_by(Message.created_at.desc(), Message.seq.desc())
        .limit(limit)
    )
    return MessagePage(
        results=[
            MessageOut(
                id=message.id,
                stream=message.stream_id,
                seq=message.seq,
                sender_type=message.sender_type,
                sender_id=message.sender_id,
                is_private=streams[message.stream_id].kind != "joint",
                recipient_id=recipient(streams[message.stream_id], message),
                content=opened(message),
                created_at=message.created_at,
            )
            for message in found
        ],
        cursor={stream.id: last for stream, last in rows},
    )


@app.post("/api/disputes/{dispute_id}/messages", status_code=201)
async def post_message(dispute_id: UUID, body: NewMessage, db: Db, user: Caller) -> MessageOut:
    dispute = await membership(db, dispute_id, user)
    if dispute.status in ("lapsed", "withdrawn", "executed", "closed"):
        raise HTTPException(409)
    stream = await db.scalar(
        select(MessageStream).where(MessageStream.dispute_id == dispute_id, MessageStream.kind == "joint")
    )
    if stream is None:
        raise HTTPException(404)
    message_id, entry_id = UUID(bytes=uuid_utils.uuid7().bytes), UUID(bytes=uuid_utils.uuid7().bytes)
    facts = {"content_sha256": hashlib.sha256(body.content.encode()).hexdigest()}
    digest = hashlib.sha256(
        orjson.dumps(
            {"id": str(entry_id), "stream": str(stream.id), "actor": str(user.id), "facts": facts},
            option=orjson.OPT_SORT_KEYS,
        )
    ).digest()
    head = (
        await db.execute(
            update(JournalStream)
            .where(JournalStream.id == stream.id)
            .values(
                last_seq=JournalStream.last_seq + 1,
                last_at=func.clock_timestamp(),
                last_hash=func.sha256(
                    JournalStream.last_hash.op("||")(text("int8send(last_seq + 1)")).op("||")(digest)
                ),
            )
            .returning(JournalStream.last_seq, JournalStream.last_at, JournalStream.last_hash)
            .execution_options(synchronize_session=False)
        )
    ).one()
    message = Message(
        id=message_id,
        stream_id=stream.id,
        seq=head.last_seq,
        sender_type="user",
        sender_id=user.id,
        content=body.content,
        content_sealed=None,
        client_id=None,
        created_at=head.last_at,
    )
    db.add(message)
    db.add(
        JournalEntry(
            id=entry_id,
            stream_id=stream.id,
            seq=head.last_seq,
            verb="message.posted",
            actor_kind="user",
            actor_id=user.id,
            actor_name="",
            subject_kind="message",
            subject_id=message_id,
            request_id="",
            facts=facts,
            created_at=head.last_at,
            hash=head.last_hash,
        )
    )
    db.add(
        OutboxEvent(
            id=UUID(bytes=uuid_utils.uuid7().bytes),
            type="bench.MessagePosted",
            payload=json.loads(
                orjson.dumps(
                    {"dispute_id": str(dispute_id), "message_id": str(message_id), "stream_id": str(stream.id)}
                )
            ),
            request_id="",
            created_at=head.last_at,
        )
    )
    await db.commit()
    return MessageOut(
        id=message_id,
        stream=stream.id,
        seq=head.last_seq,
        sender_type="user",
        sender_id=user.id,
        is_private=False,
        recipient_id=None,
        content=body.content,
        created_at=head.last_at,
    )
