"""Who is told of failed runs and checks: a web server that keeps what is posted to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Receiver:
    """The alerts that arrived, in order, at `url`."""

    url: str
    alerts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def of_check(self, check: str) -> list[dict[str, Any]]:
        """Those of one check, named as `topics/entry_topics no_orphans`."""
        return [alert for alert in self.alerts if (alert["event"], alert["what"]) == ("check_failed", check)]


@contextmanager
def receiving() -> Generator[Receiver]:
    """Serve a receiver for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            alerts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}/alert")
    alerts = receiver.alerts
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
