#!/usr/bin/env python3
"""A peer's side as a process: worker.py NAME THREADS ARGUMENTS...

Answers "run" and "dump PREFIX" as bench/bench_ours.c does. NAME is a class of one of the modules
beside this file; making it loads the input, its run() is the work that is timed.
"""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

MODULES = {"als": "implicit", "bpr": "implicit", "cosine": "implicit", "word2vec": "gensim",
           "ease": "numpy", "rank": "numpy", "folds": "surprise", "grid": "surprise"}


def status_kb(key):
    for line in open("/proc/self/status", encoding="ascii"):
        if line.startswith(key):
            return int(line.split()[1])
    return 0


def forget_peak():
    with open("/proc/self/clear_refs", "w", encoding="ascii") as out:
        out.write("5")


def run(work):
    work.forget()
    forget_peak()
    before = status_kb("VmRSS:")
    started = time.perf_counter()
    extra = work.run() or {}
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak_kb": status_kb("VmHWM:"), "before_kb": before, **extra}


def main():
    name, threads, *arguments = sys.argv[1:]
    module = __import__(f"peers.{MODULES[name]}_side", fromlist=["WORK"])
    work = module.WORK[name](int(threads), *arguments)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        command, _, prefix = line.strip().partition(" ")
        if command == "dump":
            work.dump(prefix)
            answer = {}
        else:
            answer = run(work)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
