"""The server on which tests make their databases."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from denorm_assets.db.postgres.errors import translate, translate_connect
from denorm_assets.db.postgres.server_url import read_url, sqlalchemy_url
from denorm_assets.embedded.temporary import temporary_postgres
from denorm_assets.errors import ConfigurationError, NoServerForTests

TEST_URL = "DENORM_TEST_URL"


class DatabaseServer:
    """A server that makes databases and drops them again."""

    def __init__(self, url: str, *, copies_files: bool = False) -> None:
        """`url` names any database of the server; its role may create databases.

        With `copies_files`, a template's files are copied: a third of the time, where nothing waits for the disk.
        Raises ConfigurationError for a `url` that cannot be read.
        """
        self._server = read_url(url, TEST_URL)
        self._url = _plain(sqlalchemy_url(self._server, "psycopg").set(drivername="postgresql"))
        self._strategy = sql.SQL(" STRATEGY FILE_COPY" if copies_files else "")

    def create(self, name: str, template: str = "template1") -> str:
        """A new database; returns its URL."""
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self._run(create + self._strategy)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with translate_connect(self._server):
            connection = psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True)
        with connection, translate(self._server.address, connection.info.user):
            connection.execute(statement)


def _plain(url: URL) -> URL:
    """The same with a single host where other clients look for it, too."""
    host, port = str(url.query.get("host", "")), str(url.query.get("port", ""))
    if not host or host.startswith("/") or "," in host:
        return url
    return url.set(host=host, port=int(port) if port else None).difference_update_query(["host", "port"])


@contextmanager
def server_for_tests(url: str | None) -> Generator[DatabaseServer]:
    """The server that `url` names, or an embedded one for the block.

    Raises NoServerForTests, or ConfigurationError for a `url` that cannot be read.
    """
    if url:
        yield DatabaseServer(url)
        return
    binaries = os.environ.get("DENORM_POSTGRES_BIN")
    with ExitStack() as stack:
        try:
            postgres = stack.enter_context(temporary_postgres(binaries=Path(binaries) if binaries else None))
        except ConfigurationError as error:
            raise NoServerForTests(str(error)) from error
        yield DatabaseServer(postgres.url("postgres"), copies_files=True)
