"""`--systems` and DENORM_SYSTEMS: systems of a team's own, and every way of naming none."""

from __future__ import annotations

from pathlib import Path

import pytest

from denorm_assets.cli import COMMANDS
from denorm_assets.systems.selection import load_systems
from tests.support.shell import DECLARATION, FIELDS, Project, Shell
from tests.support.shipped import SHIPPED_SYSTEMS

SHIPPED = "denorm_assets.systems.topics:SYSTEM"


def models(shell: Shell, *words: str) -> list[str]:
    return [row["model"] for row in shell.fine("status", "--json", *words).json if "model" in row]


NO_SYSTEMS = (
    "no systems are chosen. Name yours in DENORM_SYSTEMS (or --systems), as package.module:NAME; `denorm-assets init` "
    "writes the first ones for your database. To try an example, name denorm_assets.systems.topics:SYSTEM"
)
_WORDS = {
    **{
        name: []
        for name in (
            "apply",
            "audit",
            "check",
            "dev",
            "doctor",
            "flag",
            "plan",
            "reconcile",
            "roles",
            "status",
            "worker",
        )
    },
    **{name: ["topics"] for name in ("abort", "backfill", "bench", "cancel", "explain", "load", "pause", "purge")},
    "rename": ["topics", "press"],
    **{name: ["topics"] for name in ("refresh", "resume", "uninstall", "verify")},
}
"""Command -> what it is called with."""
_WITHOUT_SYSTEMS = {"init", "try"}
"""Commands that look at a database, or at a file."""


def test_systems_option_shipped_systems_are_found(shell: Shell) -> None:
    systems = load_systems(SHIPPED_SYSTEMS)
    shipped = [f"{system.name}/{model.name}" for system in systems for model in system.read_models]
    assert models(shell, "--systems", ",".join(SHIPPED_SYSTEMS)) == shipped
    assert {"topics/entry_topics", "gallery/content_tags"} < set(shipped)


def test_commands_without_systems_say_how_to_choose_them(shell: Shell) -> None:
    assert COMMANDS.keys() - _WORDS.keys() == _WITHOUT_SYSTEMS
    shell.monkeypatch.delenv("DENORM_SYSTEMS")
    said = {name: shell.refused(name, *words) for name, words in _WORDS.items()}
    assert said == dict.fromkeys(_WORDS, NO_SYSTEMS)


def test_systems_option_module_in_current_folder_is_found(items_shell: Shell, project: Project) -> None:
    items_shell.monkeypatch.delenv("DENORM_SYSTEMS")
    assert models(items_shell, "--systems", project.reference) == ["shop/links"]


def test_systems_option_module_in_package_is_found(items_shell: Shell, project: Project, tmp_path: Path) -> None:
    package = tmp_path / f"{project.module}_package" / "inner"
    package.mkdir(parents=True)
    (package / "declared.py").write_text(DECLARATION.format(fields=FIELDS).replace("SYSTEM =", "OTHER_NAME ="))
    (package / "links.sql").write_text("SELECT id, tag FROM items")
    assert models(items_shell, "--systems", f"{package.parent.name}.inner.declared:OTHER_NAME") == ["shop/links"]


def test_systems_option_overrides_environment(items_shell: Shell, project: Project) -> None:
    assert models(items_shell) == ["shop/links"]
    assert models(items_shell, "--systems", SHIPPED) == ["topics/entry_topics", "topics/entry_title_topics"]


def test_systems_option_several_systems_are_split_at_commas(items_shell: Shell, project: Project) -> None:
    found = models(items_shell, "--systems", f" {project.reference} , {SHIPPED},")
    assert found == ["shop/links", "topics/entry_topics", "topics/entry_title_topics"]


def test_systems_option_own_system_runs_plan_to_check(items_shell: Shell, project: Project) -> None:
    for words in (["plan"], ["apply"], ["backfill", "shop", "--pause", "0"], ["check", "shop"], ["status"]):
        items_shell.fine(*words)


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "nonsense",
            "'nonsense' does not name a system; write package.module:NAME, for example "
            "denorm_assets.systems.topics:SYSTEM (--systems or DENORM_SYSTEMS)",
        ),
        (
            ":SYSTEM",
            "':SYSTEM' does not name a system; write package.module:NAME, for example "
            "denorm_assets.systems.topics:SYSTEM (--systems or DENORM_SYSTEMS)",
        ),
        (
            ".topics:SYSTEM",
            "'.topics:SYSTEM' does not name a system; write package.module:NAME, for example "
            "denorm_assets.systems.topics:SYSTEM (--systems or DENORM_SYSTEMS)",
        ),
        (
            "no_such_package.systems:SHOP",
            "'no_such_package.systems:SHOP': there is no module 'no_such_package'. Install its package, or run from "
            "the folder that holds it; then check the spelling in --systems or DENORM_SYSTEMS",
        ),
        (
            "topics/declaration.py:SYSTEM",
            "'topics/declaration.py:SYSTEM': there is no module 'topics/declaration'. Install its package, or run from "
            "the folder that holds it; then check the spelling in --systems or DENORM_SYSTEMS",
        ),
        (
            "denorm_assets.systems.topics:TOPICS",
            "'denorm_assets.systems.topics:TOPICS': denorm_assets.systems.topics has no System called 'TOPICS'. "
            "It has: SYSTEM",
        ),
        ("json:loads", "'json:loads': json has no System called 'loads'. It has: none"),
        (
            f"{SHIPPED},{SHIPPED}",
            "invalid declaration:\n  - two systems are called 'topics'; load one of them, or give one another name",
        ),
    ],
)
def test_systems_option_invalid_reference_is_refused(shell: Shell, reference: str, message: str) -> None:
    assert shell.refused("status", "--systems", reference) == message
    shell.monkeypatch.setenv("DENORM_SYSTEMS", reference)
    assert shell.refused("status") == message


@pytest.mark.parametrize("nothing", ["", " , ,"])
def test_systems_option_empty_value_is_refused(shell: Shell, nothing: str) -> None:
    assert shell.refused("status", "--systems", nothing) == NO_SYSTEMS


def test_systems_option_missing_dependency_of_module_is_named(items_shell: Shell, project: Project) -> None:
    project.write("import no_such_dependency\n")
    assert "there is no module 'no_such_dependency'. Install its package" in items_shell.refused("status")


@pytest.mark.parametrize(
    ("source", "where", "what"),
    [
        ("x = 1\nSYSTEM = System(\n", 2, "SyntaxError: '(' was never closed"),
        ("\n\nSYSTEM = Nothing\n", 3, "NameError: name 'Nothing' is not defined"),
        (
            "from denorm_assets.model.index import Index\n\nINDEX = Index('lower(tag)')\n",
            3,
            "ValueError: index term 'lower(tag)' is not of the form: column [opclass] [ASC|DESC] [NULLS FIRST|LAST]",
        ),
        (
            "from denorm_assets.model.read_model import IdRanges\nRANGES = IdRanges('items')\n",
            2,
            "ValueError: name each driving column as table.column",
        ),
        (
            "from denorm_assets.model.system import System\nSYSTEM = System(nam='shop')\n",
            2,
            "TypeError: System.__init__() got an unexpected keyword argument 'nam'",
        ),
    ],
)
def test_systems_option_failing_module_names_file_line_and_reason(
    items_shell: Shell, project: Project, source: str, where: int, what: str
) -> None:
    project.write(source)
    path = project.folder / f"{project.module}.py"
    message = items_shell.refused("status")
    assert message.startswith(f"'{project.reference}': importing {project.module} failed at {path}:{where}: {what}")
    assert message.endswith(". Correct the declaration there")


def test_systems_option_faulty_declaration_lists_faults_with_location(items_shell: Shell, project: Project) -> None:
    project.declare(fields='key=("id"), backfill=IdRanges("items.id"), indexes=(Index("tag"))')
    path = project.folder / f"{project.module}.py"
    at = f"{path}:8: read model 'links'"
    assert items_shell.refused("status") == (
        "invalid declaration:\n"
        f"  - {at}: `key` is no tuple; a single item needs a comma after it: key=(item,)\n"
        f"  - {at}: `indexes` is no tuple; a single item needs a comma after it: indexes=(item,)"
    )
    project.definition.unlink()
    project.declare(fields='key=("id", "id"), backfill=IdRanges("items.id"), indexes=(Index("tag"), Index("tag DESC"))')
    project.definition.unlink()
    message = items_shell.refused("status")
    assert "system 'shop': two indexes are called 'links_tag_idx'" in message
    assert f"{at}: `key` names 'id' twice" in message
    assert f"{at}: definition: {project.definition} is no file" in message
