"""Errors of roles that may not do or see what is needed."""

from __future__ import annotations

from denorm_assets.errors.base import ConfigurationError


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
        self.owner = owner
        super().__init__(
            f"the control schema denorm belongs to role {owner!r}, and the login {login!r} may not read it. Connect as "
            f"{owner!r}, or as a member that acts as it (ALTER ROLE ... SET role = '{owner}'); `denorm-assets roles` "
            "prints how to make one"
        )
