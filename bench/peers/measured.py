#!/usr/bin/env python3
"""Runs a program that prints JSON; prints that with the program's seconds and peak memory."""
import json
import os
import resource
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
    status = os.waitpid(child, 0)[1]
    seconds = time.perf_counter() - started
    if status:
        sys.exit(os.waitstatus_to_exitcode(status) or 1)
    # Of the largest process, where the program has children of its own.
    peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({**json.loads(text), "seconds": seconds, "peak_kb": peak_kb}))


if __name__ == "__main__":
    main()
