"""Extras: declared, asked for before they are imported, and needed by nothing else."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import denorm_assets
from denorm_assets.db.cache.client.async_client import AsyncCacheClient
from denorm_assets.db.cache.client.sync_client import CacheClient
from denorm_assets.errors import MissingExtra
from denorm_assets.extras import REDIS, ExtraPackage
from denorm_assets.systems.social import SYSTEM as SOCIAL
from tests.support.hidden import EXTRA_PACKAGES, hide, hiding
from tests.support.shipped import SHIPPED_SYSTEMS

PACKAGE = Path(denorm_assets.__file__).parent
ROOT = PACKAGE.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
IMPORTED_AS = {"python-dotenv": "dotenv"}
"""Package -> module, where they are called differently."""
OF_DAGSTER = {"dagster_shared"}
"""Modules of packages that are released with dagster, one version by one."""
NEED_EXTRAS = {
    "denorm_assets.db.cache.client.async_redis": "redis",
    "denorm_assets.db.cache.client.failures": "redis",
    "denorm_assets.db.cache.client.redis_options": "redis",
    "denorm_assets.db.cache.client.replies": "redis",
    "denorm_assets.db.cache.client.sync_redis": "redis",
    "denorm_assets.definitions.instance.dagster_storage": "dagster_postgres",
    "denorm_assets.load_test.locustfile": "locust",
    "denorm_assets.metrics.exporter": "prometheus_client",
    "denorm_assets.pytest_plugin": "pytest",
    "denorm_assets.testing.changes.strategy": "hypothesis",
    "denorm_assets.testing.changes.values": "hypothesis",
}
"""Module -> the module of an extra that it imports as it is imported. All others import extras within functions."""
IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def modules_of(requirements: list[str]) -> set[str]:
    packages = {re.split(r"[\[<>=]", requirement)[0] for requirement in requirements}
    return {IMPORTED_AS.get(package, package.replace("-", "_")) for package in packages}


def our_modules() -> dict[str, Path]:
    """Name -> file."""
    found: dict[str, Path] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    """What a module imports wherever it does, but for what only type checkers see."""
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == "TYPE_CHECKING":
        return
    if isinstance(tree, ast.Import):
        yield from (alias.name for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom) and tree.module is not None and tree.level == 0:
        yield tree.module
    for node in ast.iter_child_nodes(tree):
        yield from imports(node)


def test_extras_packages_are_declared_and_installed_in_checkout() -> None:
    for package in EXTRA_PACKAGES:
        assert package.is_installed
        assert package.module in modules_of(EXTRAS[package.extra])
    assert {package.extra for package in EXTRA_PACKAGES} == EXTRAS.keys() - {"all"}
    assert EXTRAS["all"] == [f"denorm-assets[{','.join(sorted(EXTRAS.keys() - {'all'}))}]"]


def test_imports_are_declared_as_dependencies() -> None:
    declared = modules_of(PROJECT["dependencies"]) | OF_DAGSTER | {"denorm_assets"} | sys.stdlib_module_names
    optional = modules_of([requirement for extra in EXTRAS.values() for requirement in extra])
    undeclared: dict[str, set[str]] = {}
    for name, path in our_modules().items():
        found = {imported.partition(".")[0] for imported in imports(ast.parse(path.read_text(encoding="utf-8")))}
        if found - declared - optional:
            undeclared[name] = found - declared - optional
    assert undeclared == {}


def test_modules_without_extras_can_be_imported(tmp_path: Path) -> None:
    names = [name for name in our_modules() if name not in NEED_EXTRAS and not name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT_ALL, *names],
        env={**os.environ, **hiding(tmp_path / "hiding", *EXTRA_PACKAGES)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_modules_that_need_extras_import_them() -> None:
    files = our_modules()
    for name, module in NEED_EXTRAS.items():
        assert module in {found.partition(".")[0] for found in imports(ast.parse(files[name].read_text()))}


def test_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, *EXTRA_PACKAGES)
    for package in EXTRA_PACKAGES:
        assert not package.is_installed
        with pytest.raises(MissingExtra) as refused:
            package.require("a chart", "go without")
        assert str(refused.value) == (
            f"a chart needs the package {package.package}, which is not installed. "
            f"Run `pip install 'denorm-assets[{package.extra}]'`, or go without"
        )


def test_folder_with_name_of_package_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "only_a_folder").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert not ExtraPackage("cache", "only-a-folder").is_installed


def test_cache_clients_need_redis_package_only_with_redis_url(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, REDIS)
    for client in (CacheClient, AsyncCacheClient):
        client(SOCIAL, "postgresql://127.0.0.1/shop", None, "tests")
        with pytest.raises(MissingExtra, match=r"package redis, .* 'denorm-assets\[cache\]'`, or unset DENORM_REDIS_U"):
            client(SOCIAL, "postgresql://127.0.0.1/shop", "redis://127.0.0.1", "tests")


def test_dagster_yaml_of_dev_is_that_of_checkout_without_storage() -> None:
    first = "telemetry:"
    own, own_rest = (ROOT / "dagster.yaml").read_text(encoding="utf-8").split(first)
    shipped, rest = (PACKAGE / "cli" / "dev_servers" / "dagster.yaml").read_text(encoding="utf-8").split(first)
    assert re.findall(r"^[a-z]\w*:", own, re.MULTILINE) == ["storage:"]
    assert re.findall(r"^[a-z]\w*:", shipped, re.MULTILINE) == []
    assert rest == own_rest


def test_make_dev_names_all_example_systems() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^EXAMPLES := (.+)$", makefile, re.MULTILINE)
    assert found is not None
    assert tuple(found[1].split(",")) == SHIPPED_SYSTEMS
    folders = {path.parent.name for path in (PACKAGE / "systems").glob("*/declaration.py")}
    assert {reference.removesuffix(":SYSTEM").rpartition(".")[2] for reference in SHIPPED_SYSTEMS} == folders
