"""The maps of the source tree, against the tree: folders in the README, files in ``docs/map.md``.

A map is made of the lines of fenced blocks: a path relative to ``src/wattlab`` and one phrase, such as
``recipe/recipe.py   all that defines a training``. A folder ends in ``/``.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "wattlab"


def lines(text: str) -> list[tuple[str, str]]:
    """Path and phrase of each line of a map, in order."""
    blocks = re.findall(r"^```.*\n((?:.*\n)*?)```$", text, re.MULTILINE)
    found = (line.split(maxsplit=1) for block in blocks for line in block.splitlines() if line.strip())
    return [(parts[0], parts[1] if len(parts) > 1 else "") for parts in found]


def folder_map() -> list[tuple[str, str]]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return lines(readme.partition("\n## Map\n")[2].partition("\n## ")[0])


def file_map() -> list[tuple[str, str]]:
    return lines((ROOT / "docs/map.md").read_text(encoding="utf-8"))


def modules() -> set[str]:
    """Every module of the package by its path, the packages' own ``__init__.py`` aside."""
    paths = (path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    return {path for path in paths if not path.endswith("__init__.py")}


def test_map_names_every_module_once() -> None:
    counts = Counter(path for path, _ in file_map())
    assert sorted(modules() - counts.keys()) == [], "modules that the map does not name"
    assert [path for path, count in counts.items() if count > 1] == [], "named more than once"


def test_map_names_only_what_exists() -> None:
    missing = [
        path
        for path, _ in file_map()
        if not any(found.is_dir() or not path.endswith("/") for found in PACKAGE.glob(path.rstrip("/")))
    ]
    assert missing == [], "in the map, but not in src/wattlab"


def test_each_line_of_the_maps_says_what_the_file_is_for() -> None:
    assert [path for path, phrase in [*file_map(), *folder_map()] if not phrase] == []


def test_the_readme_names_every_folder_of_modules_once() -> None:
    folders = {f"{path.rpartition('/')[0]}/" for path in modules() if "/" in path}
    assert sorted(path for path, _ in folder_map()) == sorted(folders)
