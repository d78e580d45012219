"""One person's HTTP client. It keeps every text it was ever shown, so that leaks can be looked for afterwards."""

import re
import time
import uuid
from typing import Any

import httpx

from demo.protocol import Protocol, SurpriseError

PATIENCE = 120.0  # seconds for anything that happens in the background


class Client:
    """An API client with a bearer token. Waits politely when throttled; repeats safely with an idempotency key."""

    patience = PATIENCE

    def __init__(self, base: str, name: str, email: str, locale: str, protocol: Protocol) -> None:
        self.http = httpx.Client(
            base_url=base, timeout=60, headers={"Accept": "application/json", "Accept-Language": locale}
        )
        self.name, self.email, self.locale = name, email, locale
        self.protocol = protocol
        self.user_id = ""
        self.password = f"Demo-{uuid.uuid4().hex[:14]}"
        self.shown: list[str] = []
        self.refresh_token = ""

    def call(self, method: str, path: str, expected: int | tuple[int, ...], **kwargs: Any) -> Any:
        """One request. Raises SurpriseError unless the status is (one of the) `expected`; returns the JSON body or None."""
        wanted = (expected,) if isinstance(expected, int) else expected
        headers = kwargs.pop("headers", {})
        if method == "POST" and not path.startswith(("/api/auth", "/api/register", "/api/invitations")):
            headers["Idempotency-Key"] = str(uuid.uuid4())
        response = self._send(method, path, headers, kwargs)
        if response.status_code == 401 and self.refresh_token and not path.startswith("/api/auth"):
            self._refresh()
            response = self._send(method, path, headers, kwargs)
        text = response.text if "json" in response.headers.get("Content-Type", "") else ""
        self.shown.append(text)
        if response.status_code not in wanted:
            raise SurpriseError(
                f"{self.name}: {method} {path} answered {response.status_code}, not {expected}: {text[:600]}"
            )
        return response.json() if text else None

    def _send(self, method: str, path: str, headers: dict[str, str], kwargs: dict[str, Any]) -> httpx.Response:
        until = time.monotonic() + self.patience
        while True:
            try:
                response = self.http.request(method, path, headers=headers, **kwargs)
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                wait_a_little(0.5)
                continue
            is_refused_for_now = response.status_code in (429, 503) or is_still_running(response)
            if not is_refused_for_now or time.monotonic() > until:
                return response
            wait_a_little(float(response.headers.get("Retry-After", "1")))

    def get(self, path: str, expected: int = 200, **kwargs: Any) -> Any:
        return self.call("GET", path, expected, **kwargs)

    def post(self, path: str, body: dict[str, Any] | None = None, expected: int | tuple[int, ...] = 200) -> Any:
        return self.call("POST", path, expected, json=body or {})

    def download(self, path: str) -> bytes:
        response = self._send("GET", path, {}, {"follow_redirects": True})
        if response.status_code != 200:
            raise SurpriseError(f"{self.name}: {path} answered {response.status_code}")
        return response.content

    def wait_for(self, path: str, ready: Any, what: str) -> Any:
        """Ask until `ready(body)`; the background has `patience` seconds."""
        until = time.monotonic() + self.patience
        pause = 0.1
        while time.monotonic() < until:
            body = self.get(path)
            if ready(body):
                return body
            wait_a_little(pause)
            pause = min(1.0, pause * 1.5)
        raise SurpriseError(
            f"{self.name}: {what} did not happen within {self.patience:.0f} s; last answer: {str(body)[:400]}"
        )

    # --- coming in -----------------------------------------------------------------------------------------------

    def register(self) -> None:
        self.post(
            "/api/register",
            {
                "email": self.email,
                "password": self.password,
                "full_name": self.name,
                "locale": self.locale,
                "timezone": "Europe/Berlin",
            },
            201,
        )

    def verify_from_mail(self) -> None:
        token = self.link_from_mail(r"/verify-email/([A-Za-z0-9_-]+)")
        self.post("/api/auth/verify-email", {"token": token}, 204)

    def sign_in(self) -> None:
        body = self.post("/api/auth/login", {"email": self.email, "password": self.password})
        self.use_tokens(body)
        self.user_id = body["user"]["id"]

    def use_tokens(self, body: dict[str, Any]) -> None:
        self.refresh_token = body["refresh"]
        self.http.headers["Authorization"] = f"Bearer {body['access']}"

    def _refresh(self) -> None:
        self.http.headers.pop("Authorization", None)
        self.use_tokens(self.post("/api/auth/refresh", {"refresh": self.refresh_token}))

    def link_from_mail(self, pattern: str) -> str:
        """The token of the newest mail to this person whose link fits: read where a person would read it."""
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            for mail in self._mails():
                for link in mail["links"]:
                    if found := re.search(pattern, link):
                        return found.group(1)
            wait_a_little(0.2)
        raise SurpriseError(f"{self.name}: no mail with a link like {pattern} came within {self.patience:.0f} s")

    def _mails(self) -> list[dict[str, Any]]:
        response = self._send("GET", "/dev/mail.json", {}, {"params": {"to": self.email}})
        if response.status_code != 200:
            raise SurpriseError(f"/dev/mail.json answered {response.status_code}")
        mails = response.json()
        return list(mails["results"] if isinstance(mails, dict) else mails)


def is_still_running(response: httpx.Response) -> bool:
    """Whether the first request with this idempotency key has not ended: so it looks when the server died in the middle."""
    return response.status_code == 409 and '"request_in_progress"' in response.text


def wait_a_little(seconds: float) -> None:
    """Between two questions to a server that is still at work."""
    time.sleep(seconds)
