"""The base of every API view: commands with idempotency keys in one place."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kernel.canonical import canonical_bytes
from kernel.entry import entry, single_statement
from kernel.idempotency import Claim, claim_key, release, settle

P = TypeVar("P")


class ApiViewSet(GenericViewSet[Any]):
    """A view set whose writing verbs go through `command`. `takes_idempotency_key = False` where an answer holds a secret."""

    takes_idempotency_key = True

    def command(
        self,
        run: Callable[..., UUID | None],
        render: Callable[[UUID | None], Any] | None = None,
        *,
        status: int = 200,
        prepare: Callable[[], Any] | None = None,
        location: Callable[[UUID], str] | None = None,
        is_single_statement: bool = False,
    ) -> Response:
        """Do one command and answer with its result, once per Idempotency-Key.

        `prepare` works outside the transaction (uploads, rendering) and its value is handed to `run`, which calls one service
        inside it and returns the id of what was made; `render` makes the body after the commit. A service that writes with
        one statement (`is_single_statement`) needs no transaction around it unless a key has to be settled with it.
        """
        claim = self._claim()
        if claim is not None and claim.status is not None:
            return self._answer(claim.resource_id, render, claim.status, location)
        try:
            prepared = (prepare(),) if prepare is not None else ()
            with single_statement() if is_single_statement and claim is None else entry():
                made = run(*prepared)
                if claim is not None:
                    settle(claim, status=status, resource_id=made)
        except BaseException:
            if claim is not None:
                release(claim)
            raise
        return self._answer(made, render, status, location)

    def _answer(
        self,
        made: UUID | None,
        render: Callable[[UUID | None], Any] | None,
        status: int,
        location: Callable[[UUID], str] | None,
    ) -> Response:
        headers = {"Location": location(made)} if location is not None and made is not None else None
        return Response(render(made) if render is not None else None, status=status, headers=headers)

    def _claim(self) -> Claim | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is None or not self.takes_idempotency_key or self.request.method != "POST":
            return None
        caller = str(self.request.user.pk) if self.request.user.is_authenticated else "anonymous"
        return claim_key(
            caller=caller,
            method="POST",
            path=self.request.path,
            key=key,
            body=body_fingerprint(self.request),
        )


def body_fingerprint(request: Request) -> bytes:
    """What makes two bodies the same: equal JSON values, or equal form fields and equal file contents."""
    data = request.data
    if not hasattr(data, "lists"):
        return canonical_bytes(data)
    parts: list[Any] = []
    for name, values in sorted(data.lists()):
        parts.extend([name, _file_digest(value) if isinstance(value, UploadedFile) else str(value)] for value in values)
    return canonical_bytes(parts)


def _file_digest(file: "UploadedFile[Any]") -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return f"{file.name}:{digest.hexdigest()}"
