"""Playing one case from the first registration to the sealed PDF."""

import base64
import hashlib
import math
import mimetypes
import re
import struct
import uuid
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.client import Client
from demo.protocol import Protocol

OPAQUE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT[0-9:.]+Z|[A-Za-z0-9_-]{60,}")


class Case:
    """One case file and the people in it."""

    def __init__(
        self, folder: Path, script: dict[str, Any], base: str, protocol: Protocol, out: Path, *, mediation: str
    ) -> None:
        """`mediation`: the protocol to file by, "simple" or "mediated"."""
        self.folder, self.script, self.protocol, self.out, self.mediation = folder, script, protocol, out, mediation
        run = uuid.uuid4().hex[:8]
        self.people: dict[str, Client] = {}
        for party in script["parties"]:
            local, _, domain = party["email"].partition("@")
            self.people[party["key"]] = Client(
                base, party["full_name"], f"{local}+{run}@{domain}", party["locale"], protocol
            )
        self.claimant = self.people[script["parties"][0]["key"]]
        self.dispute_id = ""
        self.private: dict[str, set[str]] = {}  # text of a private line → keys of those who may read it

    @property
    def path(self) -> str:
        return f"/api/disputes/{self.dispute_id}"

    def play(self) -> Path:
        """From registration to the sealed PDF; returns where it was left."""
        self.protocol.heading(self.script["title"])
        self.come_in()
        self.state_truths()
        self.upload_evidence()
        self.talk()
        self.check_disclosure()
        if self.mediation == "mediated":
            self.be_understood()
        for number, answers in enumerate(self.script["rounds"], start=1):
            self.play_round(number, answers)
        sealed = self.sign()
        self.check_expectations()
        return sealed

    # --- coming in -------------------------------------------------------------------------------------------------

    def come_in(self) -> None:
        step = self.protocol.step
        with step(self.claimant.name.split()[0], "registers, verifies the address, signs in"):
            self._register(self.claimant)
        others = self.script["parties"][1:]
        with step(self.claimant.name.split()[0], "files the dispute") as notes:
            body = self.claimant.post(
                "/api/disputes",
                {
                    "title": self.script["title"],
                    "description": self.script["description"].strip(),
                    "category": self.script["category"],
                    "amount": self.script["amount"],
                    "locale": self.script["locale"],
                    "protocol": self.mediation,
                    "requires_contract": self.script["requires_contract"],
                    "respondents": [
                        {
                            "email": self.people[party["key"]].email,
                            "full_name": party["full_name"],
                            "side": party["role"],
                            "locale": party["locale"],
                        }
                        for party in others
                    ],
                },
                201,
            )
            self.dispute_id = body["id"]
            self.protocol.expect(body["status"] == "invite_sent", "a new dispute is in invite_sent")
            notes.append(body["status"])
        for party in others:
            self._bring_in(party)
        body = self.claimant.get(self.path)
        self.protocol.expect(body["status"] == "stating", "the dispute starts when the last invited person joined")

    def _register(self, person: Client) -> None:
        person.register()
        person.verify_from_mail()
        person.sign_in()

    def _bring_in(self, party: dict[str, Any]) -> None:
        person = self.people[party["key"]]
        first = person.name.split()[0]
        with self.protocol.step(first, "finds the invitation mail and reads the case") as notes:
            token = person.link_from_mail(r"/i/([A-Za-z0-9_-]+)")
            body = person.get(f"/api/invitations/{token}")
            self.protocol.expect(body["title"] == self.script["title"], "the invitation tells what is claimed")
            notes.append(f"invited by {body['invited_by']}")
        person.get(self.path, expected=401)
        if (party is self.script["parties"][-1] and len(self.people) > 2) or self.script["locale"] == "es":
            with self.protocol.step(first, "joins by the link, without an account"):
                tokens = person.post(f"/api/invitations/{token}/accept", {"full_name": person.name})
                person.use_tokens(tokens)
                person.user_id = person.get("/api/me")["id"]
        else:
            with self.protocol.step(first, "registers, verifies, signs in and joins"):
                self._register(person)
                person.get(self.path, expected=404)
                person.post(f"{self.path}/join", {"invite_token": token})
        person.get(f"/api/invitations/{token}", expected=404)

    # --- putting things on record ----------------------------------------------------------------------------------

    def state_truths(self) -> None:
        for index, (key, text) in enumerate(self.script["truths"].items()):
            person = self.people[key]
            with self.protocol.step(person.name.split()[0], "states their truth"):
                person.post(f"{self.path}/truths", {"content": text.strip()}, 201)
            if index == 0:
                for other in self.people.values():
                    listed = other.get(f"{self.path}/truths")["results"]
                    wanted = 1 if other is person else 0
                    self.protocol.expect(len(listed) == wanted, "a truth is sealed until all are in")

    def upload_evidence(self) -> None:
        for item in self.script["evidence"]:
            person, file = self.people[item["by"]], self.folder / item["file"]
            with self.protocol.step(person.name.split()[0], f"uploads {item['file']}") as notes:
                content = file.read_bytes()
                kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                body = person.call(
                    "POST",
                    f"{self.path}/evidence",
                    201,
                    files={"file": (file.name, content, kind)},
                    data={"description": item["description"]},
                )
                self.protocol.expect(
                    body["sha256"] == hashlib.sha256(content).hexdigest(), "the evidence's hash is its content's"
                )
                notes.append(f"{body['file_type']}, {body['scan_status']}")
            other = next(client for client in self.people.values() if client is not person)
            seen = other.wait_for(
                f"{self.path}/evidence/{body['id']}",
                lambda row: row["scan_status"] != "pending",
                "the scan of the evidence",
            )
            self.protocol.expect(seen["scan_status"] in ("clean", "unscanned"), "the evidence is readable")
            self.protocol.expect(
                other.download(f"{self.path}/evidence/{body['id']}/download") == content,
                "the other side gets the same bytes",
            )

    def talk(self) -> None:
        for line in self.script["messages"]:
            person = self.people[line["by"]]
            body: dict[str, Any] = {"content": line["text"], "client_id": uuid.uuid4().hex}
            target = line.get("private")
            readers = set(self.people)
            if target == "caucus":
                body["is_private"] = True
                readers = {line["by"]}
            elif target:
                body |= {"is_private": True, "recipient_id": self.people[target["to"]].user_id}
                readers = {line["by"], target["to"]}
            where = (
                "to the mediator alone"
                if target == "caucus"
                else f"to {target['to']} alone"
                if target
                else "to everybody"
            )
            with self.protocol.step(person.name.split()[0], f"writes {where}") as notes:
                posted = person.post(f"{self.path}/messages", body, 201)
                again = person.call("POST", f"{self.path}/messages", 201, json=body)
                self.protocol.expect(again["id"] == posted["id"], "sending a line again does not double it")
                notes.append(f"number {posted['seq']}")
            if target:
                self.private[line["text"]] = readers

    def check_disclosure(self) -> None:
        for key, person in self.people.items():
            truths = person.get(f"{self.path}/truths")["results"]
            self.protocol.expect(
                len(truths) == len(self.script["truths"]), "after disclosure everybody reads every truth"
            )
            lines = person.get(f"{self.path}/messages", params={"limit": 100})["results"]
            contents = [line["content"] for line in lines]
            for text, readers in self.private.items():
                self.protocol.expect(
                    (text in contents) == (key in readers), f"private lines reach their readers only ({key})"
                )
            caught_up = person.get(f"{self.path}/messages", params={"after": ""})["results"]
            self.protocol.expect(
                sorted(line["id"] for line in caught_up) == sorted(line["id"] for line in lines),
                "catching up finds the same lines",
            )

    # --- the mediation protocol -----------------------------------------------------------------------------------------

    def be_understood(self) -> None:
        """Each reads how the mediator understands them and says whether it is right; before that nothing is proposed."""
        refused = self.claimant.post(f"{self.path}/resolve", {}, 409)
        self.protocol.expect(
            refused["code"] == "understanding_pending", "nothing is proposed before all are understood"
        )
        for index, (key, person) in enumerate(self.people.items()):
            first = person.name.split()[0]
            with self.protocol.step(first, "reads how the mediator understands them") as notes:
                found = person.wait_for(f"{self.path}/understanding", lambda row: row["summary"], "the summary")
                self.protocol.expect(found["status"] == "pending", "a summary waits for its party")
                notes.append(f"{len(found['summary'].split())} words, confirms")
                person.post(f"{self.path}/understanding", {"decision": "confirm"})
            person.post(f"{self.path}/understanding", {"decision": "confirm"}, 409)
            others = [other for other in self.people if other != key]
            for other in others:
                self.protocol.expect(
                    not any(found["summary"] in shown for shown in self.people[other].shown),
                    f"{other} never sees how {key} is understood",
                )
            lines = person.get(f"{self.path}/messages", params={"limit": 100})["results"]
            self.protocol.expect(
                not any(line.get("may_use") for line in lines), "nothing of a caucus is used unless its party says so"
            )
            if index == 0:
                self.claimant.post(f"{self.path}/resolve", {}, 409)

    def rank(self, started: dict[str, Any]) -> dict[str, Any]:
        """Each puts the candidates in an order of their own: what is best for oneself first."""
        path = f"{self.path}/resolutions/{started['id']}"
        for person in self.people.values():
            shown = person.get(path)
            if shown["status"] != "ranking":
                break
            candidates = shown["candidates"]
            with self.protocol.step(person.name.split()[0], f"ranks {len(candidates)} candidates") as notes:
                order = sorted(candidates, key=lambda one: self._gain(one, person), reverse=True)
                body = person.post(f"{path}/ranking", {"order": [one["id"] for one in order]})
                self.protocol.expect(body["status"] in ("ranking", "proposed"), "a ranking is taken")
                notes.append(f"first: {order[0]['principle']}")
        chosen = self.claimant.wait_for(path, lambda row: row["status"] != "ranking", "the choice")
        self.protocol.expect(bool(chosen["rule"]), "the rule that chose is told")
        return dict(chosen)

    def bid(self, bids: dict[str, str]) -> dict[str, Any]:
        """Both bid in secret; where they meet, the middle is proposed and neither bid is ever shown."""
        currency = self.script["amount"]["currency"]
        for key, amount in bids.items():
            person = self.people[key]
            with self.protocol.step(person.name.split()[0], "bids in secret") as notes:
                body = person.post(f"{self.path}/bids", {"amount": {"amount": amount, "currency": currency}})
                notes.append(str(body["status"]))
                self.protocol.expect(
                    "amount" not in body or body["status"] == "settled", "a bid tells nothing but the round's state"
                )
        settled = self.claimant.get(f"{self.path}/bids")
        self.protocol.expect(settled["status"] == "settled", "bids that meet settle the sum")
        proposal = self.claimant.get(f"{self.path}/resolutions")["results"][0]
        for key, amount in bids.items():
            for other, person in self.people.items():
                self.protocol.expect(
                    other == key or not any(amount in shown for shown in person.shown),
                    f"{other} never sees {key}'s bid",
                )
        return dict(proposal)

    def _gain(self, candidate: dict[str, Any], person: Client) -> Decimal:
        """What this person gets less what they pay."""
        gain = Decimal(0)
        for term in candidate["terms"]:
            if term["amount"]:
                amount = Decimal(term["amount"]["amount"])
                gain += (term["creditor_id"] == person.user_id) * amount - (
                    term["debtor_id"] == person.user_id
                ) * amount
        return gain

    # --- settling -----------------------------------------------------------------------------------------------------

    def play_round(self, number: int, answers: dict[str, Any]) -> None:
        proposal = self._proposal(number)
        with self.protocol.step("mediator", f"proposes, round {number}") as notes:
            self.protocol.expect(proposal["status"] == "proposed", f"the draft is proposed, not {proposal['status']}")
            self.protocol.expect(proposal["round"] == number, f"this is round {number}")
            notes.extend(self._describe(term) for term in proposal["terms"])
        self.check_citations(proposal)
        for key, answer in answers.items():
            self._answer(self.people[key], proposal, answer)
        self.proposal = proposal

    def _proposal(self, number: int) -> dict[str, Any]:
        """What is on the table in this round: by secret bids, by ranking, or drafted at once."""
        if number == 1 and "bids" in self.script and self.mediation == "mediated":
            return self.bid(self.script["bids"])
        with self.protocol.step("mediator", f"drafts, round {number}") as notes:
            started = self.claimant.post(f"{self.path}/resolve", {}, 202)
            again = self.claimant.post(f"{self.path}/resolve", {}, (202, 409))  # 409: the draft was quicker than we
            same = again["id"] == started["id"] if "id" in again else again["state"] == "proposed"
            self.protocol.expect(same, "asking twice drafts once")
            proposal = self.claimant.wait_for(
                f"{self.path}/resolutions/{started['id']}", lambda row: row["status"] != "drafting", "the proposal"
            )
            notes.append(str(proposal["status"]))
        return self.rank(started) if proposal["status"] == "ranking" else dict(proposal)

    def _describe(self, term: dict[str, Any]) -> str:
        names = {person.user_id: person.name.split()[0] for person in self.people.values()}
        if term["kind"] != "payment":
            return f"{term['kind']}: {term['text'][:60]}"
        parts = f" in {len(term['instalments'])} parts" if term["instalments"] else ""
        return (
            f"{names[term['debtor_id']]} pays {names[term['creditor_id']]} "
            f"{term['amount']['amount']} {term['amount']['currency']}{parts}"
        )

    def check_citations(self, proposal: dict[str, Any]) -> None:
        texts: dict[str, str] = {}
        for truth in self.claimant.get(f"{self.path}/truths")["results"]:
            texts[truth["id"]] = truth["content"]
        for line in self.claimant.get(f"{self.path}/messages", params={"limit": 100})["results"]:
            texts[line["id"]] = line["content"]
        for citation in proposal["citations"]:
            if citation["source"] == "evidence":
                continue
            quoted = texts[citation["source_id"]][citation["start"] : citation["end"]]
            self.protocol.expect(quoted == citation["quote"], "every citation leads to what it quotes")
        rests_on_bids = proposal.get("rule") and not proposal["citations"]
        self.protocol.expect(
            bool(proposal["citations"]) or bool(rests_on_bids), "a proposal rests on what the parties said"
        )

    def _answer(self, person: Client, proposal: dict[str, Any], answer: Any) -> None:
        path = f"{self.path}/resolutions/{proposal['id']}/respond"
        first = person.name.split()[0]
        if answer == "accept":
            with self.protocol.step(first, "accepts"):
                person.post(path, {"decision": "accept"})
            return
        counter = answer["counter"]
        with self.protocol.step(first, f"counters: {counter.get('comment', '')}"):
            body = person.post(
                path,
                {
                    "decision": "counter",
                    "comment": counter.get("comment", ""),
                    "terms": {"instalments": counter["instalments"]},
                },
            )
            self.protocol.expect(body["status"] == "countered", "a counter ends the round")

    def sign(self) -> Path:
        with self.protocol.step("Accord", "draws up the contract") as notes:
            contract = self.claimant.wait_for(
                f"{self.path}/contract", lambda row: row["status"] == "signing", "the contract"
            )
            unsigned = self.claimant.download(f"{self.path}/contract/file")
            self.protocol.expect(
                hashlib.sha256(unsigned).hexdigest() == contract["checksum"], "the checksum is the file's"
            )
            notes.append(f"{len(unsigned) // 1024} kB")
        for index, person in enumerate(self.people.values()):
            with self.protocol.step(person.name.split()[0], "reads and signs the contract") as notes:
                shown = person.get(f"{self.path}/contract")
                self.protocol.expect(person.name in shown["contract_text"], "the contract names who signs it")
                body: dict[str, Any] = {"full_name": person.name, "consent": True, "checksum": shown["checksum"]}
                if index == 0:
                    body["signature_image"] = drawn_signature()
                    notes.append("drawn")
                person.post(f"{self.path}/contract/sign", body)
            person.post(f"{self.path}/contract/sign", {"full_name": person.name, "consent": True}, 409)
        with self.protocol.step("Accord", "seals the contract") as notes:
            executed = self.claimant.wait_for(f"{self.path}/contract", lambda row: row["fully_executed"], "the seal")
            sealed = self.claimant.download(f"{self.path}/contract/file")
            self.protocol.expect(
                hashlib.sha256(sealed).hexdigest() == executed["checksum"], "the checksum is the sealed file's"
            )
            self.protocol.expect(len(executed["signatures"]) == len(self.people), "everybody's signature is recorded")
            self.protocol.expect(b"/DocMDP" in sealed and b"/ByteRange" in sealed, "the PDF carries the seal")
            notes.append(f"{len(sealed) // 1024} kB, sha256 {executed['checksum'][:12]}…")
        self.executed = executed
        target = self.out / f"{self.folder.name}.pdf"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(sealed)
        return target

    # --- what must come out, and what must never show -----------------------------------------------------------------

    def check_expectations(self) -> None:
        expected, expect = self.script["expect"], self.protocol.expect
        dispute = self.claimant.get(self.path)
        expect(dispute["status"] == expected["final_status"], f"the dispute ends as {expected['final_status']}")
        payments = [term for term in self.proposal["terms"] if term["kind"] == "payment"]
        if "payment_to" in expected:
            paid = sum((Decimal(term["amount"]["amount"]) for term in payments), Decimal(0))
            creditors = {term["creditor_id"] for term in payments}
            expect(creditors == {self.people[expected["payment_to"]].user_id}, "the right person is paid")
            low, high = (Decimal(bound) for bound in expected["amount_between"])
            expect(low <= paid <= high, f"{paid} lies between {low} and {high}")
        if "instalments" in expected:
            counts = [len(term["instalments"]) for term in payments]
            expect(expected["instalments"] in counts, f"the sum is paid in {expected['instalments']} parts")
        for person in self.people.values():
            for path in ("/timeline", "/resolutions", "/evidence", "/contract", ""):
                person.get(self.path + path)
        self._check_secrets(expected)

    def _check_secrets(self, expected: dict[str, Any]) -> None:
        for text, readers in self.private.items():
            for key, person in self.people.items():
                if key not in readers:
                    self.protocol.expect(
                        not any(text in shown for shown in person.shown), f"{key} never sees another's private line"
                    )
        public = [self.executed["contract_text"], *(person_text for person_text in texts_of(self.proposal))]
        for resolution in self.claimant.get(f"{self.path}/resolutions")["results"]:
            public.extend(texts_of(resolution))
        for marker in expected.get("never_public", []):
            found = [
                text for text in public if re.search(rf"(?<![\d.,]){re.escape(marker)}(?!\d)", OPAQUE.sub("", text))
            ]
            self.protocol.expect(not found, f"“{marker}” was said in private and shows in: {found[:1]}")
        for key, markers in expected.get("never_seen_by", {}).items():
            for marker in markers:
                self.protocol.expect(
                    not any(marker in shown for shown in self.people[key].shown), f"{key} never sees {marker}"
                )


def texts_of(value: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)


def drawn_signature() -> str:
    """A small PNG data URL: a stroke like a hurried signature."""
    width, height = 240, 70
    rows = []
    for y in range(height):
        row = bytearray(b"\x00")
        for x in range(width):
            wave = 35 + 20 * math.sin(x / 12) * math.exp(-((x - 120) ** 2) / 9000)
            row += b"\x10\x10\x40\xff" if abs(y - wave) < 1.6 and 15 < x < 225 else b"\xff\xff\xff\x00"
        rows.append(bytes(row))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"".join(rows), 9))
        + chunk(b"IEND", b"")
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()
