"""Generated requests over the whole committed description: 0 answers of 5xx, and every answer is one that the description promises.

Each operation gets its share of 20,000 cases (`make test-long`; a tenth, with the same seed each time, in `make test`), half of them
valid by the description, half not, in turn by a party, an administrator and nobody; mostly against what really is there.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import checks as standard
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from config.tests.access_matrix import TOKENS
from config.tests.description import description
from config.tests.principals import FAR_AWAY, World, build, token_of, undone
from config.tests.test_hostile_input import MEMBERS
from disputes.tests.conftest import unlimited

__all__ = ["unlimited"]

pytestmark = [pytest.mark.db, pytest.mark.long, pytest.mark.usefixtures("unlimited")]

CASES = 20_000
WORLDS = ("filed", "stating", "proposed", "signing")
CALLERS = ("claimant", "admin", "anonymous")
CHECKS: Any = [
    standard.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture
def the_schema() -> Iterator[Any]:
    """The description over our own application, in this process and this test's transaction."""
    schema = schemathesis.openapi.from_dict(description())
    schema.app = WSGIHandler()
    for signal in (request_started, request_finished):  # as Django's own test client does
        signal.disconnect(close_old_connections)
    yield schema
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def the_operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        yield result.ok()


class Run:
    """The cases of one mode, what came back, and what is wrong with it."""

    def __init__(self, worlds: list[World]) -> None:
        self.worlds = worlds
        self.random = Random(7)
        self.headers = {
            (world.setup, name): {} if name == "anonymous" else {"Authorization": f"Bearer {token_of(world, name)}"}
            for world in worlds
            for name in CALLERS
        }
        self.statuses: Counter[int] = Counter()
        self.found: dict[str, str] = {}

    def go(self, operation: Any, mode: GenerationMode, cases: int) -> None:
        @settings(
            max_examples=cases, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def each(case: Any) -> None:
            self.one(case)

        try:
            each()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing about it can be wrong

    def one(self, case: Any) -> None:
        number = sum(self.statuses.values())
        world, who = self.worlds[number % len(self.worlds)], CALLERS[number % len(CALLERS)]
        self._aim(case, world)
        with undone():
            answer = case.call(headers=self.headers[world.setup, who], environ_base={"REMOTE_ADDR": FAR_AWAY})
        self.statuses[answer.status_code] += 1
        asked = f"{case.method} {case.operation.path} as {who} ({world.setup})"
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            for single in getattr(failure, "exceptions", [failure]):
                self._note(asked, answer, f"{type(single).__name__}: {single}", case)
        if answer.status_code >= 400:
            body = answer.json() if answer.headers["content-type"] == ["application/problem+json"] else None
            if not isinstance(body, dict) or not set(body) >= MEMBERS:
                self._note(asked, answer, "no whole problem", case)

    def _aim(self, case: Any, world: World) -> None:
        """Three of four go to ids and links that are there."""
        known = {**world.facts, "token": world.facts[TOKENS["api/invitations/"]]}
        for name in case.path_parameters or {}:
            if self.random.random() < 0.75:
                case.path_parameters[name] = str(known[name])

    def _note(self, asked: str, answer: Any, what: str, case: Any) -> None:
        key = f"{case.method} {case.operation.path} {answer.status_code} {what.splitlines()[0][:80]}"
        self.found.setdefault(key, f"{asked}: {what[:600]} {answer.content[:300]!r}\n  {case.as_curl_command()[:600]}")


@pytest.mark.parametrize("mode", MODES, ids=["valid", "invalid"])
def test_no_generated_request_is_answered_otherwise_than_described(
    mode: GenerationMode, long_share: float, the_schema: Any
) -> None:
    operations = list(the_operations(the_schema))
    run = Run([build(setup) for setup in WORLDS])
    each = max(1, round(CASES * long_share / len(MODES) / len(operations)))
    for operation in operations:
        run.go(operation, mode, each)
    if run.found:
        pytest.fail(f"{len(run.found)} of them, {dict(run.statuses)}:\n" + "\n".join(run.found.values()), pytrace=False)
    # Fewer than asked for only where there is no more to vary.
    assert sum(run.statuses.values()) >= CASES * long_share / len(MODES) / 3
    assert {200, 400, 401, 404} <= set(run.statuses)
