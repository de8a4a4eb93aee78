"""Loading ranges of one read model, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from denorm_assets.db.backfill.one_range import RangeResult, backfill_range
from denorm_assets.db.capture.declared import require_captured
from denorm_assets.db.control.ranges import RangeProgress, extend_ranges, list_ranges, range_progress, select_ranges
from denorm_assets.db.control.registry import current_registration
from denorm_assets.db.control.upstream import require_readable
from denorm_assets.db.introspection.describe import describe
from denorm_assets.db.introspection.reach.shape import tables_read
from denorm_assets.db.plan.table_diff import require_table
from denorm_assets.db.postgres.database import Database
from denorm_assets.errors import UnknownName
from denorm_assets.model.batches import BackfillOptions
from denorm_assets.model.ranges import IdInterval, IdRange
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.system import System
from denorm_assets.sql.control import query
from denorm_assets.sql.rows.ranges import extent

_LOG = logging.getLogger(__name__)
_STRAY = "In Dagster, delete that partition, or wait a minute: the sensor that follows the ranges deletes it"


class ModelLoader:
    """Backfills of one read model under one set of options.

    Attributes:
        described: the read model as PostgreSQL describes it.
    """

    def __init__(self, database: Database, system: System, model: ReadModel, options: BackfillOptions) -> None:
        """Raises DefinitionError, NeedsRebuild, or NotApplied where it was never created as it is declared now.

        Raises NotCaptured where changes of a source are not logged while it is loaded, or SourceNotLoaded.
        """
        self._database = database
        self._options = options
        with database.session(system.schema) as session:
            self.described = describe(session, system, model)
            self._registered = current_registration(session, system, self.described)
            require_table(session, self.described, self._registered)
            require_readable(session, self.described.full_name, tables_read(session, self.described))
            if not self._registered.served:
                require_captured(session, self.described, self._registered.model_id)
            self._began: datetime = session.one(query("models", "now"))["now"]
            extend_ranges(session, self._registered.range_set, self.described.drivers)
            self.ranges = list_ranges(session, self._registered.range_set, self.described.drivers)

    def load_keys(self, keys: Sequence[str]) -> Iterator[RangeResult]:
        """Load the ranges named by `keys`, each whole. Ranges that this launch finished already are not run again.

        A key that is no range is left out, if another one is. While none is done, the open ranges alone mean all of
        them: there were no others when the load was launched. Raises UnknownName where no key is a range, and whatever
        a range raises.
        """
        by_key = {id_range.key: id_range for id_range in self.ranges}
        stray = [key for key in keys if key not in by_key]
        if len(stray) == len(keys):
            raise UnknownName("range", stray[0], [*by_key][:5], _STRAY)
        for key in stray:
            _LOG.warning("%s is no range, and is left out. %s", key, _STRAY)
        keys = [key for key in keys if key in by_key]
        progress = {item.key: item for item in self._progress()}
        if all(by_key[key].is_rest for key in keys) and not any(item.done or item.partly for item in progress.values()):
            sources = {by_key[key].source for key in keys}
            keys = [id_range.key for id_range in self.ranges if id_range.source in sources]
        for key in keys:
            finished = progress[key]
            if self._options.launch and finished.done and finished.launch == self._options.launch:
                # Nothing was written now.
                row_count, checksum = finished.row_count or 0, finished.checksum or ""
                yield RangeResult(key, "done", row_count, checksum, done_at=finished.done_at)
            else:
                yield self._load(by_key[key], by_key[key].interval)

    def source_rows(self, key: str) -> int:
        """How many rows of its source a range has."""
        [found] = [id_range for id_range in self.ranges if id_range.key == key]
        with self._database.session(self.described.schema) as session:
            driver = self.described.driver(found.source).driver
            return int(session.one(extent(driver, found.interval))["row_count"])

    def load_ids(self, from_id: str | None, to_id: str | None, *, again: bool = False) -> Iterator[RangeResult]:
        """Load what lies between two IDs (None: open end), range by range.

        Without IDs, ranges that are done already are left out unless `again`. Raises BadRange.
        """
        for id_range, interval in self.ranges_to_load(from_id, to_id, again=again):
            yield self._load(id_range, interval)

    def ranges_to_load(
        self, from_id: str | None, to_id: str | None, *, again: bool
    ) -> list[tuple[IdRange, IdInterval]]:
        """What `load_ids` works through, in order."""
        with self._database.session(self.described.schema) as session:
            chosen = select_ranges(session, self.described, self.ranges, from_id, to_id)
        if again or from_id is not None or to_id is not None:
            return chosen
        done = {item.key for item in self._progress() if item.done}
        return [(id_range, interval) for id_range, interval in chosen if id_range.key not in done]

    def _progress(self) -> list[RangeProgress]:
        with self._database.session(self.described.schema) as session:
            return range_progress(session, self._registered.model_id)

    def _load(self, id_range: IdRange, interval: IdInterval) -> RangeResult:
        return backfill_range(
            self._database, self.described, self._registered, id_range, interval, self._options, self._began
        )
