"""The README's map of the source tree, against the tree.

The map is the fenced block under the heading ``## Map``. Each of its lines is a path relative to
``src/wattlab`` and one phrase: ``recipe/recipe.py   all that defines a training``. A folder ends in ``/``;
a path may be a pattern (``recipe/library/*.toml``).
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "wattlab"


def readme_map() -> list[tuple[str, str]]:
    """Path and phrase of each line of the map, in order."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Map\n")[2].partition("\n## ")[0]
    block = re.search(r"^```.*\n((?:.*\n)*?)```$", section, re.MULTILINE)
    assert block is not None, "README.md has no fenced block under a heading '## Map'"
    lines = (line.split(maxsplit=1) for line in block[1].splitlines() if line.strip())
    return [(parts[0], parts[1] if len(parts) > 1 else "") for parts in lines]


def modules() -> set[str]:
    """Every module of the package by its path, the packages' own ``__init__.py`` aside."""
    paths = (path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    return {path for path in paths if not path.endswith("__init__.py")}


def test_map_names_every_module_once() -> None:
    counts = Counter(path for path, _ in readme_map())
    assert sorted(modules() - counts.keys()) == [], "modules that the README's map does not name"
    assert [path for path, count in counts.items() if count > 1] == [], "named more than once"


def test_map_names_only_what_exists() -> None:
    missing = [
        path
        for path, _ in readme_map()
        if not any(found.is_dir() or not path.endswith("/") for found in PACKAGE.glob(path.rstrip("/")))
    ]
    assert missing == [], "in the README's map, but not in src/wattlab"


def test_each_line_of_the_map_says_what_the_file_is_for() -> None:
    assert [path for path, phrase in readme_map() if not phrase] == []
