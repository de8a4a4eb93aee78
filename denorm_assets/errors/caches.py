"""Errors of caches."""

from __future__ import annotations

from denorm_assets.errors.base import ConfigurationError, DenormError


class BadId(ConfigurationError):
    """An ID given to a cache is not of the declared kind."""

    def __init__(self, what: str, value: object, kind: str) -> None:
        super().__init__(
            f"{what} is {value!r}, of type {type(value).__name__}; expected {kind}. Pass a value of that type, or "
            "correct owner_ids or member_ids in the declaration"
        )


class TooManyIds(ConfigurationError):
    """More IDs than a cache is asked about at once."""

    def __init__(self, cache: str, given: int, most: int) -> None:
        super().__init__(
            f"{cache} was asked about {given:,} IDs; at most {most:,} IDs per call: split them into batches"
        )


class NotWritable(ConfigurationError):
    """A cached set is written to that does not say how."""

    def __init__(self, cache: str) -> None:
        super().__init__(
            f"{cache} cannot be written to through a client: its declaration has no `add` and `remove`. Add these, or "
            "write to its tables with SQL; the change log then keeps the cache right"
        )


class UnknownCacheValue(DenormError):
    """Redis holds something under a key of ours that this release does not write."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"what Redis holds under {key} was not written by this release. PostgreSQL answered instead. Upgrade every "
            "process that uses the cache, or delete the key; it is then loaded again"
        )


class BadRedisUrl(ConfigurationError):
    """DENORM_REDIS_URL cannot be understood (it is not shown: it may hold a password)."""

    def __init__(self) -> None:
        super().__init__(
            "DENORM_REDIS_URL is not the URL of a Redis or Valkey server. Write it as redis://:password@host:6379/0 "
            "(rediss:// for TLS), or unset it: PostgreSQL then answers alone"
        )


class CacheUnavailable(DenormError):
    """Redis cannot be used at this moment; applications are answered by PostgreSQL meanwhile."""

    def __init__(self, address: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"Redis at {address} cannot be used ({reason}). PostgreSQL answers meanwhile. Check that a Redis or Valkey "
            "server that takes writes runs there, and that DENORM_REDIS_URL is right; it is retried automatically"
        )
