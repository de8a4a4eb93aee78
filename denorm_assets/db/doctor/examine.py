"""The examination: each topic by itself, so that what one of them cannot see keeps nothing from the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import errors as pg

from denorm_assets.db.doctor import (
    aging,
    connections,
    indexes,
    objects,
    pooler,
    privileges,
    read_models,
    releases,
    replication,
    schema_changes,
    server,
    settings,
    storage,
    transactions,
    worker,
)
from denorm_assets.db.doctor.finding import LATER, Finding, Trouble, Unseen, by_hand, by_shell
from denorm_assets.db.doctor.patient import LIMITS, BoundedDatabase, Limits, Patient, patient
from denorm_assets.db.postgres.errors import error_reason
from denorm_assets.errors import DenormError, ServerUnreachable
from denorm_assets.model.system import System

_Look = Callable[[Patient], Iterable[Finding]]
_OF_ANY_DATABASE: Sequence[tuple[str, _Look]] = (
    ("versions", server.look_at_versions),
    ("clocks", server.look_at_clocks),
    ("synchronous standbys", server.look_at_synchronous_standbys),
    ("settings", settings.look_at_settings),
    ("connections", connections.look_at_connections),
    ("privileges", privileges.look_at_privileges),
    ("replication slots", replication.look_at_slots),
    ("long transactions", transactions.look_at_transactions),
    ("event triggers", schema_changes.look_at_event_triggers),
    ("temporary files", storage.look_at_temporary_files),
    ("transaction numbers", aging.look_at_transaction_numbers),
    ("the database's collation", aging.look_at_database_collation),
    ("extensions", aging.look_at_extensions),
    ("releases of other processes", releases.look_at_releases),
    ("missing indexes", indexes.look_at_indexes),
)
_ONCE_APPLIED: Sequence[tuple[str, _Look]] = (
    ("declarations", releases.look_at_declarations),
    ("row-level security", privileges.look_at_row_security),
    ("the replica role", settings.look_at_replica_role),
    ("subscriptions", replication.look_at_subscriptions),
    ("objects", objects.look_at_objects),
    ("collations", aging.look_at_collations),
    ("the change log", storage.look_at_change_log),
    ("dead rows", storage.look_at_storage),
    ("read models", read_models.look_at_read_models),
    ("the worker", worker.look_at_worker),
)
_NOTHING_ELSE_SEEN = frozenset({pooler.STATEMENT_POOLING, server.STANDBY})


@dataclass(frozen=True)
class Examination:
    """All that was found: troubles that need doing first, and what could not be looked at."""

    troubles: tuple[Trouble, ...]
    unseen: tuple[Unseen, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing needs doing."""
        return not any(trouble.needs_doing for trouble in self.troubles)


def examine(database: BoundedDatabase, systems: Sequence[System], limits: Limits = LIMITS) -> Examination:
    """Look at everything around the read models of `systems`. Changes nothing.

    Raises ServerUnreachable, AuthenticationFailed or UnsupportedServer.
    """
    found = list(dict.fromkeys(_findings(database, systems, limits)))
    troubles = [each for each in found if isinstance(each, Trouble)]
    return Examination(
        tuple(sorted(troubles, key=lambda trouble: not trouble.needs_doing)),
        tuple(each for each in found if isinstance(each, Unseen)),
    )


def _findings(database: BoundedDatabase, systems: Sequence[System], limits: Limits) -> Iterator[Finding]:
    first = pooler.look_at_pooler(database.server)
    yield from first
    if _ends(first):
        return
    examined = patient(database, systems, limits)
    standby = list(server.look_at_standby(examined))
    yield from standby
    if _ends(standby):
        return
    examined, of_control_schema = releases.look_at_control_schema(examined)
    yield from of_control_schema
    for subject, look in (*_OF_ANY_DATABASE, *(_ONCE_APPLIED if examined.installed else ())):
        yield from _seen(subject, look, examined)


def _ends(found: Sequence[Finding]) -> bool:
    return any(isinstance(each, Trouble) and each.name in _NOTHING_ELSE_SEEN for each in found)


def _seen(subject: str, look: _Look, examined: Patient) -> list[Finding]:
    """What a topic finds; that it could not look, where a lock or a privilege keeps it from that."""
    found: list[Finding] = []
    try:
        found += look(examined)
    except ServerUnreachable:
        raise
    except (pg.QueryCanceled, pg.LockNotAvailable) as error:
        found.append(Unseen(subject, error_reason(error), by_hand(LATER)))
    except DenormError as error:
        found.append(Unseen(subject, str(error), by_shell("denorm-assets plan")))
    except psycopg.Error as error:
        found.append(Unseen(subject, error_reason(error), by_shell("denorm-assets plan")))
    return found
