"""A load generator: a fixed number of keep-alive connections, each sending its next request when the answer is in.

`python -m bench.load` reads its orders as JSON from standard input and prints one JSON line; a process of its own, so that it
measures both programs from the same outside.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Tally:
    answered: int = 0
    failed: int = 0
    bytes: int = 0
    first_failure: str = ""


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one HTTP/1.1 answer with Content-Length or chunks."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = int(lines[0].split()[1])
    headers = {
        key.strip().lower(): value.strip() for key, _, value in (line.partition(b":") for line in lines[1:]) if key
    }
    if headers.get(b"transfer-encoding") == b"chunked":
        body = b""
        while size := int((await reader.readline()).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return status, body
    return status, await reader.readexactly(int(headers.get(b"content-length", b"0")))


async def connection(
    host: str,
    port: int,
    requests: list[bytes],
    expected: int,
    until: float,
    counted_from: float,
    tally: Tally,
    index: int,
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    turn = index
    try:
        while time.monotonic() < until:
            writer.write(requests[turn % len(requests)])
            turn += 1
            status, body = await read_answer(reader)
            if status != expected:
                tally.failed += 1
                tally.first_failure = tally.first_failure or f"{status} {body[:200]!r}"
            elif time.monotonic() >= counted_from:
                tally.answered += 1
                tally.bytes += len(body)
    finally:
        writer.close()


async def run(orders: dict[str, object]) -> dict[str, object]:
    url = urlsplit(str(orders["url"]))
    target = url.path + (f"?{url.query}" if url.query else "")
    body = str(orders.get("body", "")).encode()
    requests = []
    tokens = orders["tokens"]
    if not isinstance(tokens, list):
        raise TypeError("tokens is a list")
    for token in tokens:
        lines = [
            f"{orders['method']} {target} HTTP/1.1",
            f"Host: {url.hostname}:{url.port}",
            f"Authorization: Bearer {token}",
        ]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        requests.append(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
    tally = Tally()
    begun = time.monotonic()
    counted_from = begun + float(str(orders["warm_up"]))
    until = counted_from + float(str(orders["seconds"]))
    connections = int(str(orders["connections"]))
    await asyncio.gather(
        *(
            connection(
                url.hostname or "",
                url.port or 80,
                requests,
                int(str(orders["expected"])),
                until,
                counted_from,
                tally,
                index,
            )
            for index in range(connections)
        )
    )
    spent = time.monotonic() - counted_from
    return {
        "per_second": tally.answered / spent,
        "answered": tally.answered,
        "failed": tally.failed,
        "first_failure": tally.first_failure,
        "bytes": tally.bytes,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(run(json.load(sys.stdin)))) + "\n")
