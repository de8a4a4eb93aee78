"""The guard before the Dagster UI, on a real webserver: what other sites' pages can send does nothing."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from denorm_assets.cli.dev_servers.dagster_ui import wait_for_ui
from denorm_assets.cli.dev_servers.guarded_dagster import MODULE
from denorm_assets.cli.dev_servers.ui_guard import refusal_of
from denorm_assets.embedded.ports import choose_port
from denorm_assets.errors import ServerDidNotStart

MUTATION = "mutation { setNuxSeen }"
SEEN = "query { shouldShowNux }"
JSON = {"Content-Type": "application/json"}
EVIL = "http://evil.example"


class Ui:
    """A webserver; `url` is its address."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Status and text. A header called `Sec_Fetch_Site` is sent as Sec-Fetch-Site, and Host may be another."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.putrequest(method, path, skip_host=True)
            sent = {"Host": self.host, "Content-Length": str(len(body or "")), **headers}
            for name, value in sent.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders((body or "").encode())
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")

    def was_mutated(self) -> bool:
        status, text = self.ask("POST", "/graphql", json.dumps({"query": SEEN}), **JSON)
        assert status == 200, text
        return not json.loads(text)["data"]["shouldShowNux"]


def started(command: list[str]) -> Generator[Ui]:
    folder = Path(tempfile.mkdtemp(prefix="denorm-tests-ui-"))
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    ui = Ui(choose_port(None, folder / "ui.port", "--port"))
    options = ["--empty-workspace", "-h", "127.0.0.1", "-p", str(ui.port)]
    with (folder / "dagster.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *options],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "DAGSTER_HOME": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for_ui(folder, ui.url)
        yield ui
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def ui() -> Generator[Ui]:
    yield from started([MODULE, "webserver"])


REFUSED: dict[str, tuple[str, str, str | None, dict[str, str], int]] = {
    "a name that leads here": ("POST", "/graphql", MUTATION, {"Host": "evil.example:3000"}, 400),
    "a name that leads here, a page": ("GET", "/", None, {"Host": "evil.example"}, 400),
    "a name like ours": ("POST", "/graphql", MUTATION, {"Host": "localhost.evil.example"}, 400),
    "a name before ours": ("POST", "/graphql", MUTATION, {"Host": "evil.example@127.0.0.1"}, 400),
    "no name": ("POST", "/graphql", MUTATION, {"Host": ""}, 400),
    "another address of this machine": ("POST", "/graphql", MUTATION, {"Host": "0.0.0.0"}, 400),
    "GET by an image": (
        "GET",
        f"/graphql?query={quote(MUTATION)}",
        None,
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
        403,
    ),
    "GET by a link": (
        "GET",
        f"/graphql?query={quote(MUTATION)}",
        None,
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Accept": "text/html"},
        403,
    ),
    "GET by a browser without Sec-Fetch": ("GET", f"/graphql?query={quote(MUTATION)}", None, {"Accept": "*/*"}, 405),
    "GET with a slash": ("GET", f"/graphql/?query={quote(MUTATION)}", None, {"Origin": EVIL}, 403),
    "POST by fetch": ("POST", "/graphql", MUTATION, {"Origin": EVIL, **JSON}, 403),
    "POST by a form": (
        "POST",
        f"/graphql?query={quote(MUTATION)}",
        "",
        {"Origin": EVIL, "Content_Type": "application/x-www-form-urlencoded"},
        403,
    ),
    "POST from a file": ("POST", "/graphql", MUTATION, {"Origin": "null", **JSON}, 403),
    "POST from another port": ("POST", "/graphql", MUTATION, {"Origin": "http://127.0.0.1:1", **JSON}, 403),
    "POST from another port of the same site": (
        "POST",
        "/graphql",
        MUTATION,
        {"Sec_Fetch_Site": "same-site", **JSON},
        403,
    ),
    "POST from our name on another scheme": (
        "POST",
        "/graphql",
        MUTATION,
        {"Origin": "https://127.0.0.1", **JSON},
        403,
    ),
    "asking before": ("OPTIONS", "/graphql", None, {"Origin": EVIL, "Access_Control_Request_Method": "POST"}, 403),
    "a report": ("POST", "/report_asset_materialization/a", "{}", {"Origin": EVIL, **JSON}, 403),
    "a page read by a script": ("GET", "/server_info", None, {"Origin": EVIL}, 403),
    "a page in a frame's script": ("GET", "/", None, {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"}, 403),
}


@pytest.mark.parametrize("name", REFUSED)
def test_ui_guard_request_from_other_site_is_refused(ui: Ui, name: str) -> None:
    method, path, query, headers, status = REFUSED[name]
    body = json.dumps({"query": query}) if query == MUTATION else query
    before = ui.was_mutated()
    assert ui.ask(method, path, body, **headers)[0] == status
    assert ui.was_mutated() == before


def test_ui_guard_socket_from_other_site_is_refused(ui: Ui) -> None:
    for origin in (EVIL, "null", "http://127.0.0.1:1"):
        with pytest.raises(InvalidStatus, match="403"), socket_from(ui, origin):
            pass


def socket_from(ui: Ui, origin: str | None) -> Any:
    where = None if origin is None else Origin(origin)
    return connect(f"ws://{ui.host}/graphql", origin=where, subprotocols=[Subprotocol("graphql-ws")])


@pytest.mark.parametrize("foreign", [False, True])
def test_ui_guard_socket_of_own_page_is_accepted(ui: Ui, foreign: bool) -> None:
    """Programs, which send no Origin, may as well."""
    with socket_from(ui, None if foreign else ui.url) as opened:
        opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(opened.recv(timeout=30)) == {"type": "connection_ack"}


def test_ui_guard_own_pages_and_programs_are_answered(ui: Ui) -> None:
    own = {"Origin": ui.url, "Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors"}
    typed = {"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate"}
    linked = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    for headers in ({}, own, typed, linked):
        assert ui.ask("GET", "/runs", **headers)[0] == 200
    for host in (f"localhost:{ui.port}", "localhost:8080", "LOCALHOST", "127.0.0.1"):
        assert ui.ask("GET", "/server_info", Host=host)[0] == 200
        assert (
            ui.ask("POST", "/graphql", json.dumps({"query": SEEN}), Host=host, Origin=f"http://{host}", **JSON)[0]
            == 200
        )
    assert ui.ask("GET", "/graphql", Accept="text/html")[0] == 200
    status, text = ui.ask("POST", "/graphql", json.dumps({"query": MUTATION}), **own, **JSON)
    assert status == 200, text
    assert ui.was_mutated()


def test_ui_guard_two_host_headers_are_refused() -> None:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b""}
    one = (b"host", b"127.0.0.1:3000")
    assert refusal_of({**scope, "headers": [one]}) is None
    refused = refusal_of({**scope, "headers": [one, (b"host", b"evil.example")]})
    assert refused is not None
    assert refused[0] == 400


def test_dagster_webserver_without_guard_is_not_ready() -> None:
    with pytest.raises(ServerDidNotStart, match="answers requests that other sites send"):
        next(started(["dagster_webserver"]))
