"""What the sources of the pages must never hold."""
import re

import pytest
from conftest import WEB

FILES = sorted(path for path in WEB.rglob("*") if path.is_file())

FORBIDDEN = [
    # Ways for data to become markup or code.
    (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser",
        "parses markup",
    ),
    (r"\beval\s*\(|new Function\b|setTimeout\s*\(\s*['\"`]", "makes code of text"),
    # What the policy would refuse.
    (
        r"<[^>]+\sstyle\s*=|<style\b|<script(?![^>]*\bsrc=)[^>]*>|<[^>]+\son[a-z]+\s*=",
        "inline style or script",
    ),
    # What would leave this server.
    (r"(?:src|href|url|import|from)\s*[=(]?\s*['\"(]\s*(?:https?:)?//", "loads from another host"),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_source_holds_nothing_forbidden(path):
    text = path.read_text(encoding="utf-8")
    for pattern, what in FORBIDDEN:
        found = re.search(pattern, text)
        assert not found, f"{what}: {found.group(0)}"


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.suffix in (".js", ".css")], ids=lambda path: path.name
)
def test_a_source_says_first_what_it_is_for(path):
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    assert re.match(r"(// |/\* ).{20,}", first)


def test_every_import_is_of_a_file_that_is_there():
    for path in WEB.rglob("*.js"):
        for name in re.findall(r"from '\./([^']+)'", path.read_text(encoding="utf-8")):
            assert (path.parent / name).is_file(), f"{path.name} imports {name}"
