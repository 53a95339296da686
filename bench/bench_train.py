#!/usr/bin/env python3
"""Time of `readalike train` on Book-Crossing, from the store to the registered, live model.

    bench_train.py PROGRAM [--runs N] [--json]

Imports once, trains N times (5 unless said) into a new registry each time, so that every run
writes, syncs and registers a file, and prints the median of the command's whole wall time, start
of the program included, with its stages. The target is 2 s.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
DATA = pathlib.Path(os.environ.get("READALIKE_DATA", SOURCE / "../shared/data")) / "book-crossing"
TARGET_S = 2.0


def cpu_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(program, *arguments):
    started, cpu = time.perf_counter(), cpu_s()
    done = subprocess.run([program, *map(str, arguments), "--json"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench_train: {done.stderr}")
    report = json.loads(done.stdout)
    report["cpu_s"] = cpu_s() - cpu
    return time.perf_counter() - started, report


def measure(program, runs):
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:{folder}/store.db"
        run(program, "import", "book-crossing", DATA, "--store", store)
        results = [run(program, "train", "--store", store, "--set",
                       f"models.dir={folder}/models-{i}") for i in range(runs)]
    model = results[0][1]["models"][0]
    stages = {
        "snapshot_s": statistics.median(r["snapshot_s"] for _, r in results),
        "catalogue_s": statistics.median(r["catalogue_s"] for _, r in results),
    }
    for name in ("train_s", "write_s", "register_s"):
        stages[name] = statistics.median(r["models"][0][name] for _, r in results)
    return {
        "what": "train", "books": results[0][1]["books"], "ratings": results[0][1]["ratings"],
        "neighbours": model["similar_pairs"], "runs": runs,
        "median_s": round(statistics.median(seconds for seconds, _ in results), 3),
        "best_s": round(min(seconds for seconds, _ in results), 3), "target_s": TARGET_S,
        "cpu_s": round(statistics.median(r["cpu_s"] for _, r in results), 3),
        **{name: round(value, 3) for name, value in stages.items()},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"bench_train: no Book-Crossing in {DATA}; set READALIKE_DATA")
    result = measure(options.program, options.runs)
    if options.json:
        print(json.dumps(result))
        return
    print(f"train, Book-Crossing ({result['books']:,} books, {result['ratings']:,} ratings): "
          f"median {result['median_s']:.2f} s of {result['runs']} runs, best "
          f"{result['best_s']:.2f} s (target {TARGET_S:.0f} s), CPU {result['cpu_s']:.2f} s")
    print("  " + ", ".join(f"{name[:-2]} {result[name]:.2f} s" for name in
                           ("snapshot_s", "catalogue_s", "train_s", "write_s", "register_s")))


if __name__ == "__main__":
    main()
