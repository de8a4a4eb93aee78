"""What Redis may answer to each command that we send; whatever else comes is a failure, as if nothing had come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from redis.exceptions import ResponseError

from denorm_assets.db.cache.client.circuit_breaker import Unusable
from denorm_assets.db.cache.client.effects import Command
from denorm_assets.db.cache.client.failures import is_unusable, reason_of
from denorm_assets.db.cache.protocol.lua_scripts import ADD, GIVE_BACK, PUT, RENEW, TAKE
from denorm_assets.errors import CacheUnavailable


def refused(address: str, error: Exception) -> CacheUnavailable:
    """An error of redis-py, or of the network, as ours."""
    return (Unusable if is_unusable(error) else CacheUnavailable)(address, reason_of(error))


def judged(address: str, commands: Sequence[Command], replies: Sequence[Any]) -> list[Any]:
    """The replies. Raises CacheUnavailable where one of them is an error, Unusable where one is no reply of Redis."""
    for command, reply in zip(commands, replies, strict=True):
        # A server that does not know a command says so in an error, which may be right of it.
        if not isinstance(reply, ResponseError) and not _is_expected(command, reply):
            raise Unusable(address, f"its reply to {command[0]} is not one of Redis")
    for reply in replies:
        if isinstance(reply, ResponseError):
            raise refused(address, reply)
    return list(replies)


def _is_expected(command: Command, reply: Any) -> bool:
    expected = _EXPECTED.get(command[1] if command[0] == "EVAL" else command[0])
    return expected is None or expected(command, reply)


def _is_text(_command: Command, reply: Any) -> bool:
    return isinstance(reply, bytes)


def _is_text_or_nothing(_command: Command, reply: Any) -> bool:
    return reply is None or isinstance(reply, bytes)


def _is_number(_command: Command, reply: Any) -> bool:
    return isinstance(reply, int)


def _is_number_or_nothing(_command: Command, reply: Any) -> bool:
    return reply is None or isinstance(reply, int)


def _is_ok(_command: Command, reply: Any) -> bool:
    return reply == b"OK"


def _are_texts(reply: Any, count: int) -> bool:
    return (
        isinstance(reply, list)
        and [each is None or isinstance(each, bytes) for each in cast("list[Any]", reply)] == [True] * count
    )


def _has_a_text_for_each_key(command: Command, reply: Any) -> bool:
    return _are_texts(reply, len(command) - 1)


def _has_a_text_for_each_field(command: Command, reply: Any) -> bool:
    return _are_texts(reply, len(command) - 2)


def _says_which_are_taken(command: Command, reply: Any) -> bool:
    return isinstance(reply, list) and [each in (0, 1) for each in cast("list[Any]", reply)] == [True] * int(command[2])


def _is_portion(_command: Command, reply: Any) -> bool:
    match reply:
        case [bytes() as cursor, [*keys]]:
            return cursor.isdigit() and all(isinstance(key, bytes) for key in keys)
        case _:
            return False


_EXPECTED: Mapping[object, Callable[[Command, Any], bool]] = {
    "GET": _is_text_or_nothing,
    "MGET": _has_a_text_for_each_key,
    "HMGET": _has_a_text_for_each_field,
    "SET": _is_ok,
    "DEL": _is_number,
    "UNLINK": _is_number,
    "HINCRBY": _is_number,
    "SCAN": _is_portion,
    "INFO": _is_text,
    TAKE: _says_which_are_taken,
    PUT: _is_number,
    GIVE_BACK: _is_number_or_nothing,
    RENEW: _is_number_or_nothing,
    ADD: _is_number_or_nothing,
}
"""By command, and of EVAL by script. A command that is missing here may be answered by anything."""
