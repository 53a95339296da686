"""Prints `RESULT name` for each test of a meson testlog.json (one JSON object a line)."""
import json
import sys

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            print(test["result"], test["name"])
