"""Runs the browser tests as one meson test: exit 77 (skipped) where there is no browser.

usage: run.py PROGRAM SOURCE_ROOT [pytest options]
With READALIKE_TEST_REQUIRE naming chromium, a missing browser is a failure.
"""
import importlib.util
import os
import pathlib
import shutil
import sys

SKIPPED = 77


def missing():
    for module in ("pytest", "selenium", "requests"):
        if not importlib.util.find_spec(module):
            return f"the Python module {module} (apt: python3-{module})"
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return f"{program} (apt: chromium chromium-driver)"
    return None


def main():
    program, source = (str(pathlib.Path(p).resolve()) for p in sys.argv[1:3])
    absent = missing()
    if absent:
        required = "chromium" in os.environ.get("READALIKE_TEST_REQUIRE", "").split(",")
        print(f"{'FAIL' if required else 'SKIP'}: the page's tests need {absent}", file=sys.stderr)
        return 1 if required else SKIPPED
    import pytest

    os.environ["READALIKE_PROGRAM"] = program
    os.environ["READALIKE_SOURCE"] = source
    here = str(pathlib.Path(__file__).parent)
    return pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir", here, here, *sys.argv[3:]])


if __name__ == "__main__":
    sys.exit(main())
