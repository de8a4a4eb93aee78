"""Names of keys; the package's docstring says what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from denorm_assets.model.ids import Id, IdKind

SCHEMA_VERSION = 1
_BEAT, _TALLY = "!", "?"


@dataclass(frozen=True)
class Keyspace:
    """The keys of one cache in one environment, for one database."""

    environment: str
    system: str
    database: str
    cache: str

    @property
    def prefix(self) -> str:
        """What all its keys begin with."""
        return f"denorm:{SCHEMA_VERSION}:{self.environment}:{self.system}:{self.database}:{self.cache}:"

    @property
    def heartbeat(self) -> str:
        """Key of the keeper's heartbeat."""
        return self.prefix + _BEAT

    @property
    def tally(self) -> str:
        """Key of the hash of hits and misses."""
        return self.prefix + _TALLY

    def slot(self, owner: Id | str) -> str:
        """Key of what is held for an owner."""
        return f"{self.prefix}{owner}"

    def owner(self, key: str, kind: IdKind) -> Id | None:
        """The owner whose slot `key` is, or None for a heartbeat or a tally. Raises BadRange for what no ID can be."""
        text = key.removeprefix(self.prefix)
        return None if text in (_BEAT, _TALLY) else kind.parse(text)


def database_of(identity: str) -> str:
    """The part of keys that tells databases apart."""
    return sha256(identity.encode()).hexdigest()[:8]
