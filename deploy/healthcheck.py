"""`python deploy/healthcheck.py PORT`: exit 0 when the process on that port is ready. For containers without curl."""

import http.client
import sys


def main(port: int) -> int:
    connection = http.client.HTTPConnection("localhost", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
