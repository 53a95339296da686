#!/usr/bin/env python3
"""Runs a program that prints JSON; prints that with the program's seconds and peak memory."""
import json
import os
import sys
import time


def main():
    reading, writing = os.pipe()
    started = time.perf_counter()
    child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                           file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)])
    os.close(writing)
    with os.fdopen(reading) as output:
        text = output.read()
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    if status:
        sys.exit(os.waitstatus_to_exitcode(status) or 1)
    print(json.dumps({**json.loads(text), "seconds": seconds, "peak_kb": used.ru_maxrss}))


if __name__ == "__main__":
    main()
