#!/usr/bin/env python3
"""How good the recommendations are: `readalike evaluate` with the settings and seeds that
bench/quality_lines.py commits, beside what each line should reach and what others are known for.

    bench_quality.py --build build-bench [--only LINE...]
                     [--json | --markdown | --list | --commands]

--commands prints each command instead of running it. Figures have a 95 % interval over readers;
"reached" judges the figure itself, "within" says that what is wanted lies in the interval.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(__file__).resolve().parents[1]

from quality_lines import GROUPS, LINES  # noqa: E402


def command_of(line, program, data):
    arguments = GROUPS[line.group][1] + line.arguments
    return [str(program), "evaluate", *(a.replace("{data}", str(data)) for a in arguments)]


def reach(figure, value, low, high):
    """Whether a figure reaches what is wanted of it."""
    if figure.wanted is None:
        return ""
    good = value <= figure.wanted if figure.low_is_good else value >= figure.wanted
    # What is wanted is given to so many digits only.
    digits = len(f"{figure.wanted:g}".partition(".")[2])
    if good or round(value, digits) == figure.wanted:
        return "reached"
    return "within" if low <= figure.wanted <= high else "MISSED"


def measure(line, program, data):
    started = time.perf_counter()
    command = [*command_of(line, program, data), "--json", "--quiet"]
    measured = [sys.executable, "-S", SOURCE / "bench/peers/measured.py", *command]
    done = subprocess.run(measured, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode:
        return {"line": line.name, "group": line.group, "error": done.stderr.strip()}
    answer = json.loads(done.stdout)
    figures = []
    for figure in line.figures:
        value, low, high = (answer[figure.name + end] for end in ("", "_low", "_high"))
        figures.append({"figure": figure.label, "ours": value, "low": low, "high": high,
                        "wanted": figure.wanted, "known": figure.known,
                        "judged": reach(figure, value, low, high)})
    return {"line": line.name, "group": line.group, "figures": figures,
            "train_s": answer["train_s"], "evaluate_s": answer["evaluate_s"],
            "peak_mb": answer["peak_kb"] / 1024, "seconds": time.perf_counter() - started}


def print_line(result):
    if "error" in result:
        print(f"  {result['line']:<18} left out: {result['error']}")
        return
    for place, figure in enumerate(result["figures"]):
        name = result["line"] if place == 0 else ""
        wanted = "" if figure["wanted"] is None else f"{figure['wanted']:.3f}"
        known = f"{figure['known'][0]:.4g} {figure['known'][1]}" if figure["known"] else ""
        last = (f"  trained in {result['train_s']:.2f} s, judged in {result['evaluate_s']:.2f} s, "
                f"{result['peak_mb']:.0f} MB" if place == 0 else "")
        print(f"  {name:<18} {figure['figure']:<13} {figure['ours']:.4f}  "
              f"{figure['low']:.4f} to {figure['high']:.4f}  {wanted:<6} {figure['judged']:<8}"
              f"{known:<34}{last}".rstrip())
    sys.stdout.flush()


def markdown_line(result):
    for figure in result.get("figures", []):
        wanted = "" if figure["wanted"] is None else f"{figure['wanted']:.3f}"
        known = f"{figure['known'][0]:.4g} {figure['known'][1]}" if figure["known"] else ""
        value = f"{figure['ours']:.4f}"
        if figure["judged"] in ("MISSED", "within"):
            value = f"**{value}**"
        print(f"| `{result['line']}` | {figure['figure']} | {value} | {figure['low']:.4f} to "
              f"{figure['high']:.4f} | {wanted} | {known} | {result['train_s']:.2f} | "
              f"{result['evaluate_s']:.2f} | {result['peak_mb']:.0f} |")
    sys.stdout.flush()


MARKDOWN_HEAD = """\
| line | figure | ours | 95 % | wanted | known | trained, s | judged, s | MB |
|---|---|---|---|---|---|---|---|---|"""


def print_group(group, style):
    if style == "json":
        return
    print(f"\n{GROUPS[group][0]}\n")
    if style == "markdown":
        print(MARKDOWN_HEAD)
    else:
        print(f"  {'':<18} {'':<13} {'ours':<7} {'95 %':<17} {'wanted':<15} known")


def run_lines(lines, program, data, style):
    missed = left_out = 0
    group = None
    prints = {"json": lambda result: print(json.dumps(result), flush=True),
              "markdown": markdown_line, "text": print_line}
    for line in lines:
        if line.group != group:
            group = line.group
            print_group(group, style)
        result = measure(line, program, data)
        prints[style](result)
        left_out += "error" in result
        missed += any(f["judged"] in ("MISSED", "within") for f in result.get("figures", []))
    if style != "json":
        print(f"\n{missed} of {len(lines)} lines miss what is wanted of them, "
              f"{left_out} were left out")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", type=pathlib.Path, default=SOURCE / "build-bench")
    parser.add_argument("--only", nargs="+", default=["*"], metavar="LINE")
    parser.add_argument("--list", action="store_true", help="name the lines")
    parser.add_argument("--commands", action="store_true", help="print the commands")
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    parser.add_argument("--markdown", action="store_true", help="tables for the docs")
    given = parser.parse_args()
    data = pathlib.Path(os.environ.get("READALIKE_DATA", SOURCE / "../shared/data"))
    program = given.build / "readalike"
    # A name is that of a line or of a group.
    lines = [line for line in LINES if any(
        fnmatch.fnmatch(name, wanted) for wanted in given.only for name in (line.name, line.group))]
    if not lines:
        sys.exit(f"bench_quality: no line {', '.join(given.only)}; --list names them")
    if given.list or given.commands:
        for line in lines:
            print(" ".join(command_of(line, "readalike", "$READALIKE_DATA")) if given.commands
                  else f"{line.group:<12} {line.name}")
        return
    style = "json" if given.json else "markdown" if given.markdown else "text"
    run_lines(lines, program, data, style)


if __name__ == "__main__":
    main()
