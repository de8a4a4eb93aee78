"""The product listens on the loopback address alone, and pages of other sites can do nothing there."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import psutil
import pytest
from playwright.sync_api import Page

from tests.integration.browser.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.long]

JSON = {"Content-Type": "application/json"}
ATTACK = """async ([url, mutation]) => {
    const query = encodeURIComponent(mutation), body = JSON.stringify({query: mutation})
    const outcomes = []
    const tried = async (what, doing) => outcomes.push([what, await doing().then(() => 'sent', () => 'refused')])
    const headers = {'Content-Type': 'application/json'}
    await tried('fetch', () => fetch(url + '/graphql', {method: 'POST', headers, body}))
    await tried('no-cors', () => fetch(url + '/graphql?query=' + query, {method: 'POST', mode: 'no-cors'}))
    await tried('get', () => fetch(url + '/graphql?query=' + query, {mode: 'no-cors'}))
    await tried('image', () => new Promise((resolve, reject) => {
        const image = new Image()
        image.onload = resolve; image.onerror = reject; image.src = url + '/graphql?query=' + query
    }))
    await tried('beacon', async () => navigator.sendBeacon(url + '/graphql?query=' + query))
    await tried('socket', () => new Promise((resolve, reject) => {
        const socket = new WebSocket(url.replace('http', 'ws') + '/graphql', 'graphql-ws')
        socket.onopen = resolve; socket.onerror = reject
    }))
    await tried('form', () => new Promise((resolve) => {
        document.body.innerHTML = '<iframe name="into"></iframe><form target="into" method="post"></form>'
        document.forms[0].action = url + '/graphql?query=' + query
        document.querySelector('iframe').onload = resolve
        document.forms[0].submit()
    }))
    return outcomes
}"""


@pytest.fixture
def elsewhere() -> Generator[str]:
    """Another site, on another port of this machine, which browsers call the same site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<body>another site</body>")

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_dagster_ui_request_from_other_site_changes_nothing(page: Page, product: Product, elsewhere: str) -> None:
    resumed = "mutation { setAutoMaterializePaused(paused: false) }"
    paused = "mutation { setAutoMaterializePaused(paused: true) }"
    asked = "query { instance { autoMaterializePaused } }"

    def is_paused() -> bool:
        answer = page.request.post(f"{product.url}/graphql", data=json.dumps({"query": asked}), headers=JSON)
        return answer.json()["data"]["instance"]["autoMaterializePaused"]

    page.request.post(f"{product.url}/graphql", data=json.dumps({"query": paused}), headers=JSON)
    assert is_paused()
    page.goto(elsewhere)
    outcomes = dict(page.evaluate(ATTACK, [product.url, resumed]))
    assert (outcomes["fetch"], outcomes["image"], outcomes["socket"]) == ("refused", "refused", "refused")
    assert is_paused()
    # The same in the UI's own page does it.
    page.goto(f"{product.url}/assets")
    outcomes = dict(page.evaluate(ATTACK, [product.url, resumed]))
    assert (outcomes["fetch"], outcomes["socket"]) == ("sent", "sent")
    assert not is_paused()


def test_dagster_ui_listens_only_on_loopback(product: Product) -> None:
    port = int(product.url.rpartition(":")[2])
    found: set[str] = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any("denorm-browser-" in word for word in [*process.cmdline(), *process.environ().values()]):
                listening = [each for each in process.net_connections("inet") if each.status == psutil.CONN_LISTEN]
                found |= {each.laddr.ip for each in listening}
                port = 0 if port in {each.laddr.port for each in listening} else port
    assert port == 0, "the UI's own socket was seen"
    assert found == {"127.0.0.1"}
