"""`init`: the project that it writes, which files it leaves alone, and what it refuses."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from denorm_assets.cli.scaffold.write_files import write_files
from denorm_assets.errors import FilesExist, NotWritten
from tests.integration.cli.init_databases import CHINOOK, SCHEMAS, SHOP, TOTALS
from tests.support.shell import Shell


@pytest.fixture
def empty(shell_on: Callable[[str], Shell], database_url: str) -> Shell:
    """A shell over an empty database."""
    return shell_on(database_url)


@pytest.fixture
def shop(empty: Shell) -> Shell:
    """A shell over orders of customers."""
    empty.run(SHOP)
    return empty


def files(folder: Path) -> dict[str, str]:
    """The texts of all files by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def environment(shell: Shell, systems: str) -> dict[str, str]:
    """What a person has exported, and nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DENORM_", "DAGSTER_"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {
        **kept,
        "PATH": path,
        "DENORM_DATABASE_URL": shell.url,
        "DENORM_SYSTEMS": systems,
        "PYTHONWARNINGS": "ignore",
    }


@pytest.mark.long
@pytest.mark.parametrize("made", [SHOP + TOTALS, SCHEMAS, ""], ids=["views", "schemas", "empty"])
def test_init_project_is_loaded_by_dagster_and_its_tests_pass(empty: Shell, tmp_path: Path, made: str) -> None:
    if made:
        empty.run(made)
    found = empty.fine("init", "--name", "dagster_shop", "--json").json
    (tmp_path / "tests" / "schema.sql").write_text(made)
    # Any database of the server will do.
    environ = {**environment(empty, found["systems"]), "DENORM_TEST_URL": empty.url}
    for command in (
        ["dagster", "definitions", "validate"],
        ["dagster", "definitions", "validate", "-w", "workspace.yaml"],
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
    ):
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "2 passed" in done.stdout


def test_init_project_has_read_model_as_asset_and_instance_in_sqlite(
    shop: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dagster as dg

    shop.fine("init", "--name", "asset_shop")
    defs = importlib.import_module("asset_shop.definitions").defs
    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert "asset_shop/orders_per_customers" in keys
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        assert instance.get_runs() == []
        assert (instance.telemetry_enabled, instance.nux_enabled) == (False, False)
    assert (tmp_path / ".dagster").is_dir()
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text())
    assert project["tool"]["dagster"] == {"module_name": "asset_shop.definitions"}
    assert project["project"]["name"] == "asset-shop"


def test_init_files_hold_no_secret(shop: Shell, tmp_path: Path) -> None:
    shop.fine("init", "--name", "secret_shop")
    password = shop.url.partition("//")[2].partition("@")[0].partition(":")[2]
    assert password
    assert [name for name, text in files(tmp_path).items() if password in text] == []
    assert files(tmp_path)[".env.example"].endswith(
        "DENORM_DATABASE_URL=postgresql://user:password@host:5432/database\nDENORM_SYSTEMS=secret_shop.systems:SYSTEM\n"
    )
    assert ".env\n" in files(tmp_path)[".gitignore"]


def test_init_generated_code_is_clean(empty: Shell, tmp_path: Path) -> None:
    empty.run(CHINOOK)
    empty.fine("init", "--name", "clean_shop")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,I,N,W", "--ignore", "E501", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_init_package_is_named_after_folder(shop: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, expected in (("My Shop-2", "my_shop_2"), ("json", "json_read_models"), ("日本", "read_model")):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        assert shop.fine("init", "--json").json["written"][0] == f"{expected}/__init__.py"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "no package can be called 'class': it is a word of Python. "),
        ("match", "no package can be called 'match': it is a word of Python. "),
        ("my-shop", "no package can be called 'my-shop': write at most 40 small letters"),
        ("Shop", "no package can be called 'Shop': write at most 40 small letters"),
        ("2shop", "no package can be called '2shop': write at most 40 small letters"),
        ("../shop", "no package can be called '../shop': write at most 40 small letters"),
        ("json", "no package can be called 'json': Python has a module of that name"),
        ("dagster", "no package can be called 'dagster': Python has a module of that name"),
        ("denorm_assets", "no package can be called 'denorm_assets': Python has a module of that name"),
        ("", "no package can be called '': write at most 40 small letters"),
    ],
)
def test_init_name_that_is_no_package_is_refused(shop: Shell, tmp_path: Path, name: str, said: str) -> None:
    error = shop.refused("init", "--name", name)
    assert error.startswith(said)
    assert list(tmp_path.iterdir()) == []
    # What it proposes instead is accepted.
    shop.fine("init", "--name", error.rpartition("--name ")[2])


@pytest.mark.parametrize(
    "there", ["kept_shop/__init__.py", "kept_shop/sql/orders_per_customers.sql", "tests/test_kept_shop.py"]
)
def test_init_file_that_is_there_is_named_and_nothing_is_written(shop: Shell, tmp_path: Path, there: str) -> None:
    path = tmp_path / there
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    said = shop.refused("init", "--name", "kept_shop")
    assert said.startswith(f"{tmp_path} has files already that `denorm-assets init` would write: {there}. Nothing was")
    assert files(tmp_path) == {there: "mine"}


def test_init_twice_names_all_files(shop: Shell, tmp_path: Path) -> None:
    shop.fine("init", "--name", "twice_shop")
    before = files(tmp_path)
    assert "twice_shop/__init__.py" in shop.refused("init", "--name", "twice_shop")
    (tmp_path / "twice_shop" / "__init__.py").unlink()
    said = shop.refused("init", "--name", "twice_shop")
    assert "write: twice_shop/systems.py, twice_shop/definitions.py, twice_shop/sql/orders_per_customers.sql, " in said
    assert files(tmp_path).items() <= before.items()


def test_init_files_of_project_are_left_and_what_they_need_is_said(shop: Shell, tmp_path: Path) -> None:
    mine = {
        "pyproject.toml": "[project]\n",
        "workspace.yaml": "load_from: []\n",
        "dagster.yaml": "",
        ".gitignore": "x\n",
    }
    for name, text in mine.items():
        (tmp_path / name).write_text(text)
    said = shop.fine("init", "--name", "added_shop").out
    assert mine.items() <= files(tmp_path).items()
    assert (
        "pyproject.toml is there already and was left as it is. Add to it:\n"
        '[tool.dagster]\nmodule_name = "added_shop.definitions"\n'
    ) in said
    assert "workspace.yaml is there already and was left as it is. Add to it:\n  - python_module:\n" in said
    assert ".gitignore is there already and was left as it is\n" in said


@pytest.mark.parametrize(
    ("made", "view", "said"),
    [
        ("", "total", "there is no view 'total'. Available: public.totals. Write the name as in this list"),
        (
            "CREATE SCHEMA app; CREATE VIEW app.totals AS SELECT 1 AS id",
            "totals",
            "several views are called 'totals': public.totals, app.totals. Write the schema as well, for example "
            "--from-view public.totals",
        ),
        (
            'CREATE MATERIALIZED VIEW "No Key" AS SELECT total FROM orders',
            "No Key",
            "the materialized view public.No Key cannot become a read model: it has no unique index, and its SELECT "
            "does not say which columns identify a row. Create an index: CREATE UNIQUE INDEX ON "
            'public."No Key" (<columns>); nothing was written',
        ),
        (
            "CREATE VIEW no_key AS SELECT total FROM orders",
            "no_key",
            "the view public.no_key cannot become a read model: its SELECT does not say which columns identify a row. "
            "Add GROUP BY or DISTINCT, or select the primary key of each table that it joins; nothing was written",
        ),
        (
            "CREATE VIEW drawn AS SELECT id, random() AS r FROM orders",
            "drawn",
            "the view public.drawn cannot become a read model: it cannot be kept right because of random: it is vol",
        ),
        (
            "CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY); CREATE VIEW of_scratch AS SELECT id FROM scratch",
            "of_scratch",
            "the view public.of_scratch cannot become a read model: it cannot be kept right because of public.scratch: "
            "it is UNLOGGED, so that PostgreSQL empties it after a crash, and no trigger sees that. Run ALTER TABLE "
            "public.scratch SET LOGGED; nothing was written",
        ),
    ],
    ids=["unknown", "ambiguous", "no index", "no key", "volatile", "unlogged"],
)
def test_init_view_that_cannot_be_read_model_is_refused_with_remedy(
    shop: Shell, tmp_path: Path, made: str, view: str, said: str
) -> None:
    shop.run(TOTALS)
    if made:
        shop.run(made)
    assert shop.refused("init", "--name", "refused_shop", "--from-view", view).startswith(said)
    assert list(tmp_path.iterdir()) == []


def test_init_system_that_database_has_is_refused(shop: Shell, tmp_path: Path) -> None:
    found = shop.fine("init", "--name", "taken_shop", "--json").json
    shop.fine("apply", "--systems", found["systems"])
    for name in list(files(tmp_path)):
        (tmp_path / name).unlink()
    said = shop.refused("init", "--name", "taken_shop")
    assert said.startswith(
        "the database has a system called taken_shop already, whose read models `apply` would drop. "
    )
    assert files(tmp_path) == {}
    # Read models are no sources of proposals, and their names are taken.
    again = shop.fine("init", "--name", said.partition("--name ")[2].partition(";")[0], "--json").json
    assert [model["name"] for model in again["read_models"]] == ["orders_per_customers_2"]


def test_init_without_database_says_how_to_name_one(
    shop: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DENORM_DATABASE_URL")
    assert shop.refused("init", "--name", "nowhere_shop").startswith("DENORM_DATABASE_URL is not set, ")
    assert list(tmp_path.iterdir()) == []


def test_write_files_that_fail_halfway_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(NotWritten, match=f"there/b cannot be written \\(File exists: {tmp_path}/there\\)"):
        write_files(tmp_path, {"new/deep/a": "1", "there/b": "2"})
    assert files(tmp_path) == {"there": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"new/a": "1", "new/b": "\ud800"})
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_write_files_dangling_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FilesExist, match="would write: link"):
        write_files(tmp_path, {"a": "1", "link": "2"})
    assert [path.name for path in tmp_path.iterdir()] == ["link"]
