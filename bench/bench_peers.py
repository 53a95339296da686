#!/usr/bin/env python3
"""Ours beside the library that each model is known from: time, memory, and whether the result is as
good. Run it by bench/peers.sh, which makes the virtual environment that the peers are in.

    bench_peers.py --build build-bench [--only ROW...] [--runs N] [--threads N] [--list]
                   [--json | --markdown]

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


def take_turns(sides, runs):
    """Answers of all sides; each goes first as often as the others."""
    answers = [[] for _ in sides]
    for run in range(runs):
        for at in range(len(sides)):
            place = (at + run) % len(sides)
            answers[place].append(sides[place].run())
    return answers


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


def median_of(answers, names=("seconds",)):
    return statistics.median(seconds_of(answer, names) for answer in answers)


def unit_seconds(row, answers):
    """What one unit costs ours; with a side that does less, what one unit more does."""
    seconds = median_of(answers[0], row.seconds)
    if not row.ours_less:
        return seconds / row.per
    return (seconds - median_of(answers[2], row.seconds)) / (row.per - row.ours_less[1])


def run_sides(row, bench, runs):
    sides = []
    try:
        sides.append(row.ours(bench))
        sides.append(row.peer(bench))
        if row.ours_less:
            sides.append(row.ours_less[0](bench))
        answers = take_turns(sides, runs)
        return answers, quality_of(row, bench, *sides[:2], answers)
    finally:
        for side in sides:
            side.close()


def add_memory(row, result, ours):
    result["ours_mb"], result["peer_mb"] = (peak_mb(answers) for answers in ours[:2])
    if row.limit:
        took = max(a["peak_kb"] - a["before_kb"] + a["input_kb"] for a in ours[0])
        limit = ours[0][0]["limit_kb"]
        result["training_mb"], result["training_limit_mb"] = took / 1024, limit / 1024
        result["reached"] = result["reached"] and took <= limit


def add_rates(row, bench, result):
    if row.work:
        flop, moved = row.work(bench)
        for side in ("ours", "peer"):
            result[f"{side}_gflops"] = flop / row.per / result[f"{side}_s"] / 1e9
            result[f"{side}_gbs"] = moved / row.per / result[f"{side}_s"] / 1e9


def measure(row, bench, wanted_runs):
    runs = min(wanted_runs, row.runs) if row.runs else wanted_runs
    answers, quality = run_sides(row, bench, runs)
    ours_s, peer_s = unit_seconds(row, answers), median_of(answers[1]) / row.per
    ratio = peer_s / ours_s
    result = {"row": row.name, "what": row.what, "beside": row.beside, "unit": row.unit,
              "runs": runs, "ours_s": ours_s, "peer_s": peer_s, "ratio": ratio,
              "target": row.target, "quality": quality,
              "reached": ratio >= row.target and (not quality or quality["same"])}
    if row.at_most:
        result["at_most_s"] = row.at_most
        result["reached"] = result["reached"] and ours_s <= row.at_most
    if "seconds" not in row.seconds:
        result["whole_command_s"] = median_of(answers[0])
    add_memory(row, result, answers)
    add_rates(row, bench, result)
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
    print(f"{result['row']:<20} {time_text(result['ours_s']):>9} {time_text(result['peer_s']):>9} "
          f"{result['ratio']:6.1f} x {result['target']:4.0f} x {met:<8} "
          f"{result['ours_mb']:7.0f} {result['peer_mb']:7.0f}   {result['what']}, per "
          f"{result['unit']}, beside {result['beside']}, {result['runs']} runs")
    if quality := result["quality"]:
        print(f"{'':<20} {quality['what']}: ours {number_text(quality['ours'])}, peer "
              f"{number_text(quality['peer'])}{'' if quality['same'] else '  NOT AS GOOD'}")
    if "whole_command_s" in result:
        print(f"{'':<20} the whole command, start and reading included: "
              f"{time_text(result['whole_command_s'])}")
    if "training_mb" in result:
        print(f"{'':<20} training memory {result['training_mb']:.0f} MB of "
              f"{result['training_limit_mb']:.0f} MB allowed (twice both matrices and factors)")
    if "ours_gflops" in result:
        print(f"{'':<20} " + "; ".join(roof_text(result, roofs, s) for s in ("ours", "peer")))
    sys.stdout.flush()


def quality_text(result):
    quality = result["quality"]
    if not quality:
        return ""
    text = f"{quality['what']} {number_text(quality['ours'])} / {number_text(quality['peer'])}"
    return text if quality["same"] else f"**{text}**"


def markdown_row(result, roofs):
    ratio = f"{result['ratio']:.1f} ×"
    roof = ""
    if "ours_gflops" in result:
        roof = (f"{result['ours_gflops']:.1f} ({100 * result['ours_gflops'] / roofs['fma_gflops']:.0f} %)"
                f", {result['ours_gbs']:.1f} ({100 * result['ours_gbs'] / roofs['triad_gbs']:.0f} %)")
    unit = "" if result["unit"] == "run" else f", per {result['unit']}"
    return (f"| `{result['row']}`{unit} | {result['beside']} | {time_text(result['ours_s'])} | "
            f"{time_text(result['peer_s'])} | {ratio if result['reached'] else f'**{ratio}**'} | "
            f"{result['target']:.0f} × | {result['ours_mb']:.0f} / {result['peer_mb']:.0f} | "
            f"{quality_text(result)} | {roof} |")


MARKDOWN_HEAD = """\
| row | beside | ours | peer | as fast | at least | MB ours / peer | as good, ours / peer | ours: GFLOP/s, GB/s of roof |
|---|---|---|---|---|---|---|---|---|"""


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
    parser.add_argument("--markdown", action="store_true", help="a table for the docs")
    return parser.parse_args()


def print_head(options, roofs):
    if options.json:
        print(json.dumps({"roofs": roofs}), flush=True)
        return
    print(f"{options.threads} threads; at most {roofs['fma_gflops']:.0f} GFLOP/s "
          f"(sgemm {roofs['sgemm_gflops']:.0f}), {roofs['triad_gbs']:.1f} GB/s "
          f"(rows of 256 bytes in no order {roofs['gather_gbs']:.1f})\n")
    if options.markdown:
        print(MARKDOWN_HEAD, flush=True)
        return
    print(f"{'row':<20} {'ours':>9} {'peer':>9} {'faster':>8} {'target':>6} {'':<8} "
          f"{'MB ours':>7} {'peer':>7}", flush=True)


def print_result(options, result, roofs):
    if options.json:
        print(json.dumps(result), flush=True)
    elif options.markdown:
        print(markdown_row(result, roofs), flush=True)
    else:
        print_row(result, roofs)


def main():
    options = options_of()
    if options.list:
        for row in ROWS:
            print(f"{row.name:<20} {row.what}, beside {row.beside}: {row.target:.0f} x")
        return
    source = pathlib.Path(os.environ.get("READALIKE_DATA", SOURCE / "../shared/data")).resolve()
    build = options.build.resolve()
    bench = Bench(build, Data(build / "peers-data", source), options.threads)
    roofs = measure_roofs(build, options.threads)
    print_head(options, roofs)
    rows = choose(options.only)
    missed = 0
    for row in rows:
        try:
            result = measure(row, bench, options.runs)
        except SideError as error:
            print(f"{row.name}: left out: {error}", file=sys.stderr, flush=True)
            missed += 1
            continue
        missed += not result["reached"]
        print_result(options, result, roofs)
    if not options.json:
        print(f"\n{missed} of {len(rows)} rows miss their target")


if __name__ == "__main__":
    main()
