"""What an error of redis-py says of its server: whether it can be used for now, and why not, in a few words."""

from __future__ import annotations

from redis import exceptions

from denorm_assets.db.cache.client.circuit_breaker import CLUSTER

# The server answers, and will refuse the next command too.
_UNUSABLE = (
    "READONLY",
    "LOADING",
    "MASTERDOWN",
    "NOAUTH",
    "WRONGPASS",
    "NOPERM",
    "MISCONF",
    "NOREPLICAS",
    "BUSY",
    "DB index",
)

# Of these redis-py takes the first word away.
_UNUSABLE_KINDS = (
    exceptions.ReadOnlyError,
    exceptions.BusyLoadingError,
    exceptions.MasterDownError,
    exceptions.NoPermissionError,
)

_OF_CLUSTERS = (
    exceptions.AskError,  # of which MOVED is one
    exceptions.ClusterDownError,
    exceptions.ClusterCrossSlotError,
    exceptions.TryAgainError,
)


def is_unusable(error: Exception) -> bool:
    """Whether a failure says that Redis cannot be used for now; out of memory it still answers and deletes."""
    if isinstance(error, exceptions.ResponseError) and not isinstance(error, exceptions.AuthenticationError):
        return str(error).startswith(_UNUSABLE) or isinstance(error, _UNUSABLE_KINDS) or _is_of_cluster(error)
    return True


def _is_of_cluster(error: Exception) -> bool:
    """Whether only a node of a Redis Cluster answers so; redis-py counts MASTERDOWN, of replicas, to these."""
    return isinstance(error, _OF_CLUSTERS) and not isinstance(error, exceptions.MasterDownError)


def reason_of(error: Exception) -> str:
    """A failure in a few words, without the server's address or any password."""
    if isinstance(error, (TimeoutError, exceptions.TimeoutError)):
        return "no answer in time"
    if isinstance(error, exceptions.AuthenticationError):
        return "it refuses the password, or wants one"
    if _is_of_cluster(error):
        return CLUSTER
    if isinstance(error, UnicodeError) and not isinstance(error, UnicodeDecodeError):
        return "its host has no name that could be looked up"
    if isinstance(error, exceptions.InvalidResponse) or not isinstance(error, (exceptions.RedisError, OSError)):
        return "it does not speak the Redis protocol"
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
