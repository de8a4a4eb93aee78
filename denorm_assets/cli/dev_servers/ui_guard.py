"""What the Dagster UI answers: its own pages in a browser of this machine, and programs; no other site's pages.

The UI has no login, and any site that a person visits can make the browser send requests to 127.0.0.1. So the request
must name this machine (a name that a stranger's DNS leads here does not), and must not come from another site's page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

_THIS_MACHINE = frozenset(["127.0.0.1", "localhost"])
WRONG_HOST_STATUS = 400
_WRONG_HOST = (
    WRONG_HOST_STATUS,
    "This UI answers to 127.0.0.1 and localhost only. Open it by one of these names; from elsewhere by an SSH tunnel.",
)
_FOREIGN = (403, "Refused: a page of another site sent this. Open the UI in a tab of its own.")
_BY_GET = (405, "Send GraphQL by POST.")
_GRAPHQL = "/graphql"

Refusal = tuple[int, str]


class UiGuard:
    """ASGI middleware before Dagster's webserver."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        kind = scope["type"]
        refusal = refusal_of(scope) if kind in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
        elif kind == "websocket":
            # Before it was accepted: the client sees status 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _answer(send, *refusal)


def refusal_of(scope: Scope) -> Refusal | None:
    """Why a request is refused, as an HTTP status and words; None where it is not."""
    hosts = _values(scope, b"host")
    if len(hosts) != 1 or _without_port(hosts[0]) not in _THIS_MACHINE:
        return _WRONG_HOST
    is_page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and scope["path"].rstrip("/") != _GRAPHQL
    if not is_page and not _is_of_this_site(scope, hosts[0]):
        return _FOREIGN
    if is_page and not _is_of_this_site(scope, hosts[0]) and _values(scope, b"sec-fetch-mode") != ["navigate"]:
        return _FOREIGN
    # A query in the address is run by whatever loads it: an image will do.
    if scope["type"] == "http" and not is_page and scope["method"] != "POST" and b"query" in scope["query_string"]:
        return _BY_GET
    return None


def _is_of_this_site(scope: Scope, host: str) -> bool:
    """Whether no header says that it comes from elsewhere. A browser sets them, and no page can; programs send none."""
    origins, sites = _values(scope, b"origin"), _values(scope, b"sec-fetch-site")
    return all(origin == f"http://{host}" for origin in origins) and all(
        site in ("same-origin", "none") for site in sites
    )


def _values(scope: Scope, name: bytes) -> Sequence[str]:
    return [value.decode("latin-1").strip().lower() for header, value in scope["headers"] if header == name]


def _without_port(host: str) -> str:
    name, _, port = host.partition(":")
    return name if not port or port.isdigit() else host


async def _answer(send: Send, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{words}\n".encode()})
