"""An upward call must not link: what each floor's library leaves undefined is defined below it.

Usage: check_floors.py BUILD_DIR
"""
import re
import subprocess
import sys
from pathlib import Path

# Which floors a floor may use, lowest floor first.
BELOW = {
    "base": [],
    "math": ["base"],
    "cache": ["base"],
    "store": ["base"],
    "data": ["math", "base"],
    "model": ["math", "base"],
    "title": ["base"],
    "registry": ["model", "math", "base"],
    "evaluate": ["data", "model", "math", "base"],
    "train": ["data", "model", "math", "base"],
    "recommend": ["model", "title", "math", "base"],
    "account": ["store", "cache", "base"],
    "http": ["recommend", "model", "title", "math", "store", "cache", "account", "base"],
}


def symbols(library: Path) -> tuple[set[str], set[str]]:
    """Names that the library defines, and those of ours that it leaves to others."""
    defined, undefined = set(), set()
    listing = subprocess.run(["nm", "-A", str(library)], check=True, capture_output=True, text=True)
    for line in listing.stdout.splitlines():
        kind, name = line.split()[-2:]
        if kind in "TDBRV":
            defined.add(name)
        elif kind == "U" and name.startswith("ra_"):
            undefined.add(name)
    return defined, undefined - defined


def upward_calls(tables: dict[str, tuple[set[str], set[str]]]) -> list[str]:
    """One line for each symbol that no floor below the caller defines."""
    lines = []
    for floor, below in BELOW.items():
        known = set().union(*(tables[name][0] for name in below), tables[floor][0])
        lines += [f"{floor} calls {name}, which no floor below it defines"
                  for name in sorted(tables[floor][1] - known)]
    return lines


def upward_includes(root: Path) -> list[str]:
    """One line for each private header that a floor takes from another's folder."""
    lines = []
    for floor in BELOW:
        for source in sorted((root / "src" / floor).rglob("*.[ch]")):
            for path in re.findall(r'#include "(\.\./[^"]+)"', source.read_text(encoding="utf-8")):
                lines.append(f"{source.relative_to(root)} reaches into {path}")
    return lines


def main() -> int:
    build, root = Path(sys.argv[1]), Path(__file__).resolve().parent.parent
    libraries = {floor: build / "src" / floor / f"libra_{floor}.a" for floor in BELOW}
    missing = [floor for floor, library in libraries.items() if not library.exists()]
    if missing:
        print("no library for:", ", ".join(missing))
        return 1
    tables = {floor: symbols(library) for floor, library in libraries.items()}
    complaints = upward_calls(tables) + upward_includes(root)
    print("\n".join(complaints + [f"{len(BELOW)} floors checked"]))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
