"""The access matrix: who gets which answer at which door. Data, and how to knock; test_access_matrix.py walks it.

A row is `METHOD route setup` and one status per principal, in the order of the header. Setups are the states of
`principals.build`; a route stands in several of them where the answer depends on the state. A route that is not here, and a row whose
route is gone, fail the build.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.tests.factories import PASSWORD
from config.tests.principals import PRINCIPALS, World
from disputes.tests.factories import day as day_of
from disputes.tests.factories import payment



@dataclass(frozen=True)
class Row:
    """One door in one state, and what each principal gets there."""

    method: str
    route: str
    setup: str
    statuses: dict[str, int]

    @property
    def operation(self) -> tuple[str, str]:
        return self.method, self.route

    def __str__(self) -> str:
        return f"{self.method} /{self.route} ({self.setup})"


def read(table: str) -> tuple[Row, ...]:
    """The rows of a table. Raises ValueError for a line with too few or too many columns."""
    rows = []
    for line in table.strip().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        method, route, setup, *statuses = line.split()
        rows.append(Row(method, route.removeprefix("/"), setup, _statuses(line, statuses)))
    return tuple(rows)


def _statuses(line: str, statuses: list[str]) -> dict[str, int]:
    if len(statuses) != len(PRINCIPALS):
        raise ValueError(f"{len(statuses)} statuses for {len(PRINCIPALS)} principals: {line}")
    return dict(zip(PRINCIPALS, map(int, statuses), strict=True))


# --- how to knock -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Knock:
    """What a request carries besides its address. Pages get forms, the API gets JSON."""

    data: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)


# The valid input of each operation that wants some: what is refused is then refused for who asks, not for what.
KNOCKS: dict[str, Callable[[World], Knock]] = {
    "POST api/register": lambda world: Knock(
        {"email": "new@example.org", "password": PASSWORD, "full_name": "New", "locale": "en", "timezone": "UTC"}
    ),
    "POST api/auth/login": lambda world: Knock({"email": world.case.claimant.email, "password": PASSWORD}),
    "POST api/auth/refresh": lambda world: Knock({"refresh": "x" * 43}),
    "POST api/auth/logout": lambda world: Knock({"refresh": "x" * 43}),
    "POST api/auth/password/reset": lambda world: Knock({"email": world.case.claimant.email}),
    "POST api/auth/password/reset/confirm": lambda world: Knock(
        {"token": world.facts["reset_token"], "new_password": "another good battery"}
    ),
    "POST api/auth/verify-email": lambda world: Knock({"token": world.facts["verify_token"]}),
    "PATCH api/me": lambda world: Knock({"full_name": "Another Name"}),
    "POST api/me/password": lambda world: Knock({"current_password": PASSWORD, "new_password": "another good battery"}),
    "POST api/disputes": lambda world: Knock(
        {"title": "A boat", "description": "It sank.", "respondents": [{"email": "sailor@example.org"}]}
    ),
    "POST api/disputes/{dispute_id}/join": lambda world: Knock({"invite_token": world.facts["invitation_token"]}),
    "POST api/disputes/{dispute_id}/invitations": lambda world: Knock({"email": "another@example.org"}),
    "POST api/disputes/{dispute_id}/deadline": lambda world: Knock({"date": day(world)}),
    "POST api/invitations/{token}/accept": lambda world: Knock({"full_name": "Nora Neu"}),
    "POST api/disputes/{dispute_id}/assignments": lambda world: Knock(
        {"lawyer_id": str(world.cast["other_lawyer"].pk), "part": "counsel"}
    ),
    "DELETE api/disputes/{dispute_id}/assignments": lambda world: Knock(
        query={"lawyer_id": str(world.cast["counsel"].pk)}
    ),
    "POST api/disputes/{dispute_id}/truths": lambda world: Knock({"content": "What I saw."}),
    "POST api/disputes/{dispute_id}/evidence": lambda world: Knock({"text": "A receipt.", "description": "paper"}),
    "POST api/disputes/{dispute_id}/messages": lambda world: Knock({"content": "Good morning."}),
    "POST api/disputes/{dispute_id}/resolutions/{resolution_id}/respond": lambda world: Knock({"decision": "accept"}),
    "POST api/disputes/{dispute_id}/decision": lambda world: Knock(
        {"terms": [term(world)], "reasoning": "On what both could read."}
    ),
    "POST api/disputes/{dispute_id}/contract/review": lambda world: Knock({"decision": "approve"}),
    "POST api/disputes/{dispute_id}/contract/sign": lambda world: Knock({"full_name": "As typed", "consent": True}),
    "POST api/docs/render-pdf": lambda world: Knock(
        {"templateId": str(world.facts["template_id"]), "data": {}, "options": {"async": True}}
    ),
    "GET api/docs/{document_id}/file": lambda world: Knock(query={"token": world.facts["file_token"]}),
    "POST api/esign/initiate": lambda world: Knock(
        {
            "docId": str(world.facts["document_id"]),
            "signers": [{"name": "Somebody", "email": "somebody@example.org"}],
            "workflow": "parallel",
        }
    ),
    "POST signin/": lambda world: Knock({"email": world.case.claimant.email, "password": PASSWORD}),
    "POST reset/": lambda world: Knock({"email": world.case.claimant.email}),
    "POST reset/{token}": lambda world: Knock(
        {"new_password": "another good battery", "repeated": "another good battery"}
    ),
    "POST sign/{token}": lambda world: Knock({"full_name": "As typed", "consent": "on"}),
    "POST verify/": lambda world: Knock({"checksum": "0" * 64}),
    "POST i/{token}": lambda world: Knock({"full_name": "Nora Neu"}),
    "POST admin/login/": lambda world: Knock({"username": world.case.claimant.email, "password": PASSWORD}),
    "POST admin/password_change/": lambda world: Knock(
        {"old_password": PASSWORD, "new_password1": "another good battery", "new_password2": "another good battery"}
    ),
}


def day(world: World) -> str:
    """A day that may become a deadline."""
    return str(day_of(world.case, 20))


def term(world: World) -> dict[str, Any]:
    """A term of an award, as the API takes it."""
    made = payment(world.case)
    assert made.amount is not None
    return {
        "kind": made.kind,
        "debtor_id": str(made.debtor_id),
        "creditor_id": str(made.creditor_id),
        "amount": made.amount.as_json(),
        "due_date": str(made.due_date),
        "text": made.text,
    }


# The link of each address that has one: it is the key, whoever holds it.
TOKENS = {
    "verify-email/": "verify_token",
    "reset/": "reset_token",
    "sign/": "sign_token",
    "i/": "outsider_token",
    "api/invitations/": "outsider_token",
}


def address(row_route: str, world: World) -> str:
    """The route with this world's ids."""
    facts = {**world.facts, "url": "nothing-here", "app_label": "disputes", "object_id": world.facts["dispute_id"]}
    for beginning, token in TOKENS.items():
        if row_route.startswith(beginning):
            facts["token"] = world.facts[token]
    return "/" + row_route.format(**facts)
