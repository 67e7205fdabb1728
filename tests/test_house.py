"""The rules of the house that a program can check: who imports whom, what committed files may name, sizes and names."""

import ast
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "omnibound"
SOURCES = sorted(PACKAGE.rglob("*.py"))

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_MEDIAN_FUNCTION_LINES = 9

# A class is named after what it is; these say only that somebody did not know.
EMPTY_NAME = re.compile(r"(Manager|Helper|Utils?|Handler|Processor|Info)$")

# Written in pieces, so that this file does not name them itself.
UNSPEAKABLE = re.compile(
    "|".join(
        [
            r"\bpypi\.or" + "g",
            "python" + r"hosted\.org",
            r"registry\.npm" + r"js\.",
            r"deb\.debian\.or" + "g",
            r"--(extra-)?index-ur" + r"l[ =]\S*://",
            r"(?<![\w.])/wor" + r"k/(main|shared|\.library)",
            r"(?<![\w.])/op" + "t/(pypi|wheels)",
            r"(?<![\w.])/roo" + r"t/\.",
            r"\.\./share" + "d",
        ]
    )
)

LINT = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(directory: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in `directory`, which also holds pyproject.toml."""
    command = [sys.executable, "-c", LINT, "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=60)


# -- The import rule ---------------------------------------------------------------------------------------------


def test_import_rule_holds() -> None:
    result = lint(ROOT / "src")
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_folder_is_a_package() -> None:
    """Without __init__.py import-linter does not see a folder, and the rule would hold for nothing."""
    folders = {path.parent for path in SOURCES}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


# (contract that must break, importer, what it imports)
PLANTED = [
    ("layers", "omnibound.domain.planted", "omnibound.store"),
    ("layers", "omnibound.domain.planted_low", "omnibound.wire"),
    ("layers", "omnibound.ports.planted", "omnibound.engine"),
    ("layers", "omnibound.wire.planted", "omnibound.config"),
    ("layers", "omnibound.services.planted", "omnibound.engine"),
    ("layers", "omnibound.engine.planted", "omnibound.channels"),
    ("layers", "omnibound.reports.planted", "omnibound.services"),
    ("layers", "omnibound.channels.planted_across", "omnibound.dialects"),
    ("layers", "omnibound.dialects.planted_across", "omnibound.store"),
    ("layers", "omnibound.store.planted", "omnibound.bootstrap"),
    ("layers", "omnibound.web.planted", "omnibound.cli"),
    ("dialects", "omnibound.dialects.planted_one", "omnibound.dialects.planted_two"),
    ("dialects", "omnibound.dialects.base.planted", "omnibound.dialects.planted_two"),
    ("channels", "omnibound.channels.planted_one", "omnibound.channels.planted_two"),
    ("channels", "omnibound.channels.base.planted", "omnibound.channels.planted_two"),
    ("database", "omnibound.services.planted_db", "apsw"),
    ("database", "omnibound.engine.planted_db", "asyncpg"),
    ("http-client", "omnibound.engine.planted_http", "aiohttp"),
    ("http-client", "omnibound.dialects.planted_http", "aiohttp"),
    ("web-framework", "omnibound.services.planted_web", "starlette.requests"),
    ("web-framework", "omnibound.channels.planted_web", "uvicorn"),
    ("terminal", "omnibound.services.planted_cli", "typer"),
    ("pure-domain", "omnibound.domain.planted_io", "asyncio"),
    ("pure-domain", "omnibound.domain.planted_clock", "time"),
    ("pure-domain", "omnibound.domain.planted_dice", "random"),
]
ALLOWED = [
    ("omnibound.dialects.planted_two", "omnibound.dialects.base"),
    ("omnibound.channels.planted_two", "omnibound.channels.base"),
    ("omnibound.channels.planted_client", "aiohttp"),
    ("omnibound.store.planted_db", "apsw"),
    ("omnibound.api.planted_web", "starlette.responses"),
    ("omnibound.channels.planted_settings", "omnibound.config"),
    ("omnibound.wire.planted_nouns", "omnibound.domain"),
]


def plant(root: Path, importer: str, imported: str) -> None:
    """Add a module that imports another, making the packages and modules that are not there yet."""
    if imported.startswith("omnibound."):
        write_module(root, imported, "")
    write_module(root, importer, f"import {imported}\n")


def write_module(root: Path, name: str, text: str) -> None:
    """Add to a module's or package's code; a plain module on the way becomes a package."""
    *parents, last = name.split(".")
    folder = root
    for part in parents:
        module, folder = folder / f"{part}.py", folder / part
        folder.mkdir(exist_ok=True)
        if module.exists():
            module.rename(folder / "__init__.py")
        (folder / "__init__.py").touch()
    target = folder / last / "__init__.py" if (folder / last).is_dir() else folder / f"{last}.py"
    with target.open("a") as file:
        file.write(text)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Contract name -> what import-linter says of it, on a copy of the tree with all of PLANTED and ALLOWED."""
    copy = tmp_path_factory.mktemp("planted")
    shutil.copytree(PACKAGE, copy / "omnibound", ignore=shutil.ignore_patterns("__pycache__"))
    for importer, imported in [*ALLOWED, *((importer, imported) for _, importer, imported in PLANTED)]:
        plant(copy, importer, imported)
    result = lint(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    return dict(re.findall(r"^(\S[^\n]*)\n-{3,}\n+(.*?)(?=^\S[^\n]*\n-{3,}\n|\Z)", result.stdout, re.M | re.S))


def contract_names() -> dict[str, str]:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in tool["contracts"]}


def names_import(words: str, importer: str, imported: str) -> bool:
    root = imported if imported.startswith("omnibound.") else imported.split(".", maxsplit=1)[0]
    return re.search(rf"(?m){re.escape(importer)} -> {re.escape(root)}\b(?!\.)", words) is not None


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_planted_import_is_caught(planted: dict[str, str], contract: str, importer: str, imported: str) -> None:
    assert names_import(planted[contract_names()[contract]], importer, imported)


@pytest.mark.parametrize(("importer", "imported"), ALLOWED)
def test_allowed_import_is_not_blamed(planted: dict[str, str], importer: str, imported: str) -> None:
    assert not any(names_import(words, importer, imported) for words in planted.values())


def test_every_contract_is_tried() -> None:
    assert {contract for contract, _, _ in PLANTED} == set(contract_names())


# -- What committed files may say --------------------------------------------------------------------------------


def committed_files() -> list[Path]:
    """What git has or would take. Skips where there is no git checkout (an unpacked release)."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_committed_file_names_a_host_or_path_of_the_workplace() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in committed_files()
        for match in UNSPEAKABLE.finditer(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "--index-ur" + "l https://example.org/simple",
        "see https://pypi.or" + "g/project/x",
        "cd /wor" + "k/main",
        "read ../share" + "d/README",
    ],
)
def test_unspeakable_is_recognised(line: str) -> None:
    assert UNSPEAKABLE.search(line)


# -- Sizes, names and words --------------------------------------------------------------------------------------


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, tree in parsed():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield name, node


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in parsed() if not ast.get_docstring(tree)] == []


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: n for name, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_functions_are_small() -> None:
    lengths = {
        f"{name}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1 for name, node in functions()
    }
    long = {name: n for name, n in lengths.items() if n > MAX_FUNCTION_LINES}
    assert len(long) <= max(3, len(lengths) // 100), long
    assert statistics.median(lengths.values() or [0]) <= MAX_MEDIAN_FUNCTION_LINES


def test_classes_have_names_that_say_something() -> None:
    classes = [node.name for _, tree in parsed() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if EMPTY_NAME.search(name)] == []


# -- What is installed -------------------------------------------------------------------------------------------

BUILD_ONLY = {"hatchling", "editables"}


def wanted(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-r"))}


def pins(name: str) -> set[str]:
    return set(re.findall(r"(?m)^[a-z0-9][\w.\[\]-]*==\S+", (ROOT / "requirements" / name).read_text()))


def test_requirements_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run = {line for line in wanted("run.in") if re.split(r"[>=<\[]", line)[0] not in BUILD_ONLY}
    assert run == set(project["dependencies"])


def test_tests_run_on_the_versions_that_are_run() -> None:
    assert pins("run.txt") - pins("dev.txt") == set()
    assert pins("run.txt")


@pytest.mark.parametrize("name", ["run.txt", "dev.txt", "lock.txt"])
def test_every_pin_has_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    blocks = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
