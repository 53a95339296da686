#!/usr/bin/env python3
"""Ours beside the library that each model is known from: time, memory, and whether the result is as
good. Run it by bench/peers.sh, which makes the virtual environment that the peers are in.

    bench_peers.py --build build-bench [--only ROW...] [--runs N] [--threads N] [--json] [--list]

Both sides load the same data, then do the work in turn, N times each (5 unless said), with the same
number of threads; of the times the median counts. Memory is the most that a side's process held
while it worked. Rows whose name is given to --only are run alone; a name may end in *.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(__file__).resolve().parents[1]

from peers.data import Data  # noqa: E402
from peers.side import SideError  # noqa: E402
from peers.table import ROWS, Bench  # noqa: E402


def seconds_of(answer, names):
    return sum(answer[name] for name in names)


def take_turns(row, ours, peer, runs):
    """Answers of both sides; each goes first as often as the other."""
    answers = {"ours": [], "peer": []}
    for run in range(runs):
        turns = [("ours", ours), ("peer", peer)]
        for name, side in turns if run % 2 == 0 else reversed(turns):
            answers[name].append(side.run())
    return answers["ours"], answers["peer"]


def quality_of(row, bench, ours, peer, answers):
    if row.answers:
        return row.answers(answers[0][-1], answers[1][-1])
    if not row.check:
        return None
    with tempfile.TemporaryDirectory(dir=bench.data.folder) as folder:
        prefixes = [f"{folder}/ours", f"{folder}/peer"]
        for side, prefix in zip((ours, peer), prefixes):
            side.dump(prefix)
        return row.check(bench, *prefixes)


def peak_mb(answers):
    return max(a["peak_kb"] + a.get("children_kb", 0) for a in answers) / 1024


def measure(row, bench, wanted_runs):
    runs = min(wanted_runs, row.runs) if row.runs else wanted_runs
    ours = row.ours(bench)
    try:
        peer = row.peer(bench)
        answers = take_turns(row, ours, peer, runs)
        quality = quality_of(row, bench, ours, peer, answers)
        peer.close()
    finally:
        ours.close()
    ours_s = statistics.median(seconds_of(a, row.seconds) for a in answers[0]) / row.per
    peer_s = statistics.median(a["seconds"] for a in answers[1]) / row.per
    result = {"row": row.name, "what": row.what, "beside": row.beside, "unit": row.unit,
              "runs": runs, "ours_s": ours_s, "peer_s": peer_s, "ratio": peer_s / ours_s,
              "target": row.target, "ours_mb": peak_mb(answers[0]),
              "peer_mb": peak_mb(answers[1]), "quality": quality,
              "reached": peer_s / ours_s >= row.target and (not quality or quality["same"])}
    if row.at_most:
        result["at_most_s"] = row.at_most
        result["reached"] = result["reached"] and ours_s <= row.at_most
    if "seconds" not in row.seconds:
        result["whole_command_s"] = statistics.median(a["seconds"] for a in answers[0])
    if row.limit:
        took = max(a["peak_kb"] - a["before_kb"] + a["input_kb"] for a in answers[0])
        result["training_mb"], result["training_limit_mb"] = (
            took / 1024, answers[0][0]["limit_kb"] / 1024)
        result["reached"] = result["reached"] and took <= answers[0][0]["limit_kb"]
    if row.work:
        flop, moved = row.work(bench)
        for side, seconds in (("ours", ours_s), ("peer", peer_s)):
            result[f"{side}_gflops"] = flop / row.per / seconds / 1e9
            result[f"{side}_gbs"] = moved / row.per / seconds / 1e9
    return result


def time_text(seconds):
    return f"{seconds * 1e3:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def number_text(value):
    return f"{value:.5g}" if abs(value) >= 1000 else f"{value:.4f}"


def roof_text(result, roofs, side):
    gflops, gbs = result[f"{side}_gflops"], result[f"{side}_gbs"]
    peak = roofs["fma_gflops"]
    return (f"{side} {gflops:.1f} GFLOP/s ({100 * gflops / peak:.0f} %), {gbs:.1f} GB/s "
            f"({100 * gbs / roofs['triad_gbs']:.0f} %)")


def print_row(result, roofs):
    met = "reached" if result["reached"] else "MISSED"
    print(f"{result['row']:<16} {time_text(result['ours_s']):>9} {time_text(result['peer_s']):>9} "
          f"{result['ratio']:6.1f} x {result['target']:4.0f} x {met:<8} "
          f"{result['ours_mb']:7.0f} {result['peer_mb']:7.0f}   {result['what']}, a "
          f"{result['unit']}, beside {result['beside']}, {result['runs']} runs")
    if quality := result["quality"]:
        print(f"{'':<16} {quality['what']}: ours {number_text(quality['ours'])}, peer "
              f"{number_text(quality['peer'])}{'' if quality['same'] else '  NOT AS GOOD'}")
    if "whole_command_s" in result:
        print(f"{'':<16} the whole command, start and reading included: "
              f"{time_text(result['whole_command_s'])}")
    if "training_mb" in result:
        print(f"{'':<16} training memory {result['training_mb']:.0f} MB of "
              f"{result['training_limit_mb']:.0f} MB allowed (twice both matrices and factors)")
    if "ours_gflops" in result:
        print(f"{'':<16} " + "; ".join(roof_text(result, roofs, s) for s in ("ours", "peer")))
    sys.stdout.flush()


def measure_roofs(build, threads):
    done = subprocess.run([build / "bench/roofline", str(threads)], stdout=subprocess.PIPE,
                          text=True, check=True)
    return json.loads(done.stdout)


def choose(names):
    if not names:
        return ROWS
    chosen = [row for row in ROWS if any(fnmatch.fnmatch(row.name, name) for name in names)]
    if not chosen:
        sys.exit(f"bench_peers: no row {', '.join(names)}; --list names them")
    return chosen


def options_of():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build-bench")
    parser.add_argument("--only", nargs="+", default=[], metavar="ROW")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="name the rows")
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    return parser.parse_args()


def main():
    options = options_of()
    if options.list:
        for row in ROWS:
            print(f"{row.name:<16} {row.what}, beside {row.beside}: {row.target:.0f} x")
        return
    source = pathlib.Path(os.environ.get("READALIKE_DATA", SOURCE / "../shared/data")).resolve()
    build = options.build.resolve()
    bench = Bench(build, Data(build / "peers-data", source), options.threads)
    roofs = measure_roofs(build, options.threads)
    if options.json:
        print(json.dumps({"roofs": roofs}), flush=True)
    else:
        print(f"{options.threads} threads; at most {roofs['fma_gflops']:.0f} GFLOP/s "
              f"(sgemm {roofs['sgemm_gflops']:.0f}), {roofs['triad_gbs']:.1f} GB/s "
              f"(rows of 256 bytes in no order {roofs['gather_gbs']:.1f})\n")
        print(f"{'row':<16} {'ours':>9} {'peer':>9} {'faster':>8} {'target':>6} {'':<8} "
              f"{'MB ours':>7} {'peer':>7}")
    missed = 0
    for row in choose(options.only):
        try:
            result = measure(row, bench, options.runs)
        except SideError as error:
            print(f"{row.name}: left out: {error}", file=sys.stderr, flush=True)
            missed += 1
            continue
        missed += not result["reached"]
        print(json.dumps(result), flush=True) if options.json else print_row(result, roofs)
    if missed and not options.json:
        print(f"\n{missed} of {len(choose(options.only))} rows miss their target")


if __name__ == "__main__":
    main()
