"""Several checks of one asset as one of Dagster's: each is a row of its table, and keeps its severity and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from denorm_assets.definitions.dagster_failure import AnyContext, never_retry
from denorm_assets.definitions.events.advice import with_clicks
from denorm_assets.definitions.events.metadata import RawMetadata, check_metadata, table_value
from denorm_assets.definitions.names import Names
from denorm_assets.model.check_result import CheckResult

_CHECKS = "checks"
_PASSED = "passed"


@dataclass(frozen=True)
class Part:
    """One of the checks that a check of Dagster's combines."""

    name: str
    outcome: str
    says: str

    @property
    def passed(self) -> bool:
        """Whether it passed."""
        return self.outcome == _PASSED

    @property
    def severity(self) -> str:
        """`ERROR`, or `WARN` where nothing downstream has to stop."""
        return dg.AssetCheckSeverity.WARN.value if self.passed else self.outcome


def combined_result(
    names: Names, name: str, results: Sequence[CheckResult], **more: dg.MetadataValue[Any]
) -> dg.AssetCheckResult:
    """The check `name`: passes if all `results` do, and is an error if one of those that failed is one."""
    failed = [result for result in results if not result.passed]
    warning_only = all(result.warning_only for result in failed)
    said = [f"{result.name}: {with_clicks(names, result)}" for result in failed or results]
    rows = [{"check": each.name, "outcome": _outcome(each), "says": with_clicks(names, each)} for each in results]
    metadata: RawMetadata = {_CHECKS: table_value(rows)}
    for result in results:
        metadata |= {f"{result.name}: {label}": value for label, value in check_metadata(result).items()}
    return dg.AssetCheckResult(
        check_name=name,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN if warning_only else dg.AssetCheckSeverity.ERROR,
        description="\n".join(said),
        metadata={**metadata, **more},
    )


def combined_blocking_result(
    names: Names, context: AnyContext, name: str, results: Sequence[CheckResult], **more: dg.MetadataValue[Any]
) -> dg.AssetCheckResult:
    """The same for a blocking check: where it fails its run, that is an answer and no fault, and is not retried."""
    if any(not result.passed and not result.warning_only for result in results):
        never_retry(context)
    return combined_result(names, name, results, **more)


def parts_of(evaluation: dg.AssetCheckEvaluation) -> list[Part]:
    """The checks that `evaluation` combines; none where it is of one check only."""
    table = evaluation.metadata.get(_CHECKS)
    if not isinstance(table, dg.TableMetadataValue):
        return []
    rows = [record.data for record in table.records]
    return [Part(str(row["check"]), str(row["outcome"]), str(row["says"])) for row in rows]


def _outcome(result: CheckResult) -> str:
    if result.passed:
        return _PASSED
    return (dg.AssetCheckSeverity.WARN if result.warning_only else dg.AssetCheckSeverity.ERROR).value
