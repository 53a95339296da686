#!/usr/bin/env python3
"""Runs the tests of this folder with pytest: run.py PROGRAM [pytest's arguments]

Without pytest or requests the status is 77 (a skip), or 1 when READALIKE_TEST_REQUIRE names pytest.
"""
import importlib.util
import os
import sys

MISSING = [name for name in ("pytest", "requests") if not importlib.util.find_spec(name)]
if MISSING:
    print(f"missing: {', '.join(MISSING)} (python3-pytest, python3-requests)", file=sys.stderr)
    sys.exit(1 if "pytest" in os.environ.get("READALIKE_TEST_REQUIRE", "") else 77)

os.environ["READALIKE_BIN"] = os.path.abspath(sys.argv[1])
FOLDER = os.path.dirname(os.path.abspath(__file__))
os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                          *(sys.argv[2:] or [FOLDER])])
