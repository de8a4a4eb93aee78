"""What both clients make of DENORM_REDIS_URL."""

# redis-py leaves this of its types open.
# pyright: reportUnknownVariableType=false

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from redis.backoff import NoBackoff
from redis.connection import parse_url

from denorm_assets.errors import BadRedisUrl

CONNECTIONS = 20
NO_RETRY = NoBackoff()


def connect_options(seconds: float | None) -> dict[str, Any]:
    """How redis-py makes a connection, whatever the URL says: each step within so many seconds, and once.

    It tells the server nothing of itself, which would take two round trips more.
    """
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "health_check_interval": 0,
        "driver_info": None,
        "protocol": 2,
        "decode_responses": False,
    }


def address_of(url: str) -> str:
    """Where the server is, without user and password. Raises BadRedisUrl."""
    try:
        parse_url(url)
        parts = urlsplit(url)
        where = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else ""
    except ValueError:
        raise BadRedisUrl from None
    return where + parts.path
