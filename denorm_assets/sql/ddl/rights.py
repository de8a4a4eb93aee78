"""Rights on functions of the control schema."""

from __future__ import annotations

from denorm_assets.sql.statement import Name, Raw, Statement, name


def revoke(function: str, arguments: str, role: str | None) -> Statement:
    """REVOKE of a role's rights on a function; None is PUBLIC. `arguments` are as PostgreSQL prints them."""
    grantee: Name | Raw = Raw("PUBLIC") if role is None else name(role)
    return Statement(
        "REVOKE ALL ON FUNCTION {function}({arguments}) FROM {role}",
        {"function": name("denorm", function), "arguments": Raw(arguments), "role": grantee},
    )
