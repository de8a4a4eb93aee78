"""Errors in declarations, definitions and the names that people type."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from denorm_assets.errors.base import ConfigurationError, DenormError


class DeclarationError(ConfigurationError):
    """A system's declaration contradicts itself; all faults are listed, each with file and line.

    Example:
        try:
            keyless = ReadModel("order_totals", "SELECT 1 AS id", key=())
            build_definitions([System("shop", read_models=(keyless,))])
        except DeclarationError as error:
            for fault in error.faults:
                print(fault)
    """

    def __init__(self, faults: Sequence[str], remedy: str = "") -> None:
        listed = [f"  - {fault}" for fault in faults]
        super().__init__("\n".join(["invalid declaration:", *listed, *([remedy] if remedy else [])]))
        self.faults = tuple(faults)


class DefinitionError(ConfigurationError):
    """A definition (.sql file) cannot be used; says where (file:line), why, and the remedy.

    Attributes:
        fault: the same without the remedy; `problem` also without the place, and `remedy` alone.
        unread: where our parser gave up, for example " near 'WHERE'"; None where it read the definition.

    Example:
        try:
            broken = ReadModel("order_totals", "SELECT FROM WHERE", key=("id",))
            build_definitions([System("shop", read_models=(broken,))])
        except DefinitionError as error:
            print(error.path, error.line, error.problem)
    """

    def __init__(self, path: Path, line: int | None, problem: str, remedy: str, *, unread: str | None = None) -> None:
        self.fault = f"{path}:{line}: {problem}" if line else f"{path}: {problem}"
        super().__init__(f"{self.fault}. {remedy}")
        self.path, self.line, self.problem, self.remedy, self.unread = path, line, problem, remedy, unread

    def of(self, model: str) -> DefinitionError:
        """The same with the read model named, for a definition whose file holds several."""
        return DefinitionError(self.path, self.line, f"{model}: {self.problem}", self.remedy, unread=self.unread)


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


class KeyRepeated(DenormError):
    """The definition of a read model yields several rows for one key."""

    def __init__(self, key: str, path: Path, location: object) -> None:
        super().__init__(
            f"its definition yields several rows for one key ({key}). Make {path} yield one row per key (DISTINCT, "
            f"GROUP BY), or add the column that tells them apart to `key` at {location}"
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


class BadNarrowing(ConfigurationError):
    """A value given to narrow a check does not fit its column's type."""

    def __init__(self, narrowing: str, reason: str) -> None:
        super().__init__(f"a check cannot be narrowed to {narrowing}: {reason}. Give a value of the column's type")
