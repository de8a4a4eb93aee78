"""Templates in `defs.yaml`, such as `{{ env.SHOP_SCHEMA }}`: all values but SQL may hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import dagster as dg

from denorm_assets.definitions.component.faults import KeyPath

_SQL = {"definition", "before", "after", "add", "remove", "columns", "where", "draws"}
"""Fields that are taken as they are: PostgreSQL's arrays have braces, too."""
_PER_ASSET = "translation"
"""Its fields are templates that are read once for each asset."""


def rendered(
    value: Any, context: dg.ResolutionContext, fault: Callable[[KeyPath, str], None], path: KeyPath = ()
) -> Any:
    """`value` with its templates replaced; those that cannot be are reported to `fault`, and become empty."""
    if isinstance(value, dict):
        fields = cast(dict[Any, Any], value)
        if path == (_PER_ASSET,):
            return fields
        return {
            key: inner if key in _SQL else rendered(inner, context, fault, (*path, key))
            for key, inner in fields.items()
        }
    if isinstance(value, list):
        return [rendered(inner, context, fault, (*path, n)) for n, inner in enumerate(cast(list[Any], value))]
    try:
        return render(value, context)
    except ValueError as error:
        fault(path, f"the template {value!r} cannot be read: {error}. Correct it")
        return None


def render(value: Any, context: dg.ResolutionContext) -> Any:
    """A single value. Raises ValueError with the reason, in one line, where its template cannot be read."""
    if not isinstance(value, str) or "{{" not in value:
        # Dagster would turn a text such as 2024 into a number.
        return value
    try:
        return context.resolve_value(value, as_type=object)  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:
        # Any code may stand in a template, and Dagster wraps its errors in a page of text.
        reason = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        raise ValueError(reason[-1].strip().rstrip(".")) from None
