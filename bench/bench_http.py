#!/usr/bin/env python3
"""Requests/s, latency and server CPU a request, beside a bare libmicrohttpd that sends the same bytes.

    meson setup build -Dbench=true && ninja -C build && bench/bench_http.py [--store URL] [--seconds 3]

Without --store a folder is filled by `readalike demo` and trained. Each figure is the median of
--runs runs, taken in turn (ours, bare, ours, bare, ...) so that a slow minute hits both. wrk
saturates before the server does on a small machine: the CPU column is the one to compare.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def start(command, **more):
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True, **more)
    line = process.stdout.readline()
    if "listening on " not in line:
        sys.exit(f"did not start: {command}")
    return process, line.split()[-1]


def ask(url, post):
    request = urllib.request.Request(url, data=post.encode() if post else None)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def wrk(url, script, process, args):
    command = ["wrk", "-t", str(args.wrk_threads), "-c", str(args.connections),
               "-d", f"{args.seconds}s", "--latency", *(["-s", script] if script else []), url]
    before = cpu_seconds(process.pid)
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = cpu_seconds(process.pid) - before
    n = int(re.search(r"(\d+) requests in", text)[1])
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors:.*", text)
    if bad:
        sys.exit(f"{url}: {bad[0]}")
    return {"requests_s": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p50_ms": milliseconds(re.search(r"\n +50% +(\S+)", text)[1]),
            "p99_ms": milliseconds(re.search(r"\n +99% +(\S+)", text)[1]),
            "cpu_us": cpu * 1e6 / n}


def median(runs):
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def measure(name, url, post, server, folder, args):
    """Both servers in turn, with the same request and the same bytes back."""
    body = ask(url, post)
    (folder / "body").write_bytes(body)
    script = None
    if post:
        script = folder / "post.lua"
        script.write_text('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                          f"wrk.body = {json.dumps(post)}\n", encoding="utf-8")
    bare, bare_url = start([args.build / "bench" / "bare_mhd", folder / "body", args.threads])
    bare_url += "/" + url.split("/", 3)[3]
    ours, theirs = [], []
    try:
        for _ in range(args.runs):
            ours.append(wrk(url, script, server, args))
            theirs.append(wrk(bare_url, script, bare, args))
    finally:
        bare.terminate()
        bare.wait()
    return {"name": name, "bytes": len(body), "readalike": median(ours), "bare": median(theirs)}


def show(rows, args):
    print(f"wrk -t{args.wrk_threads} -c{args.connections} -d{args.seconds}s, "
          f"{args.threads} polling threads, median of {args.runs}")
    print(f"{'request':<28}{'bytes':>6}  {'server':<10}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}"
          f"{'CPU us/req':>12}")
    for row in rows:
        for server in ("readalike", "bare"):
            r = row[server]
            print(f"{row['name']:<28}{row['bytes']:>6}  {server:<10}{r['requests_s']:>9,.0f}"
                  f"{r['p50_ms']:>9.2f}{r['p99_ms']:>9.2f}{r['cpu_us']:>12.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--store", help="a filled store with a trained model in --models")
    parser.add_argument("--models", help="the model folder that goes with --store")
    parser.add_argument("--title", help="what to ask for; else the most popular book's title")
    parser.add_argument("--typed", default="lord of teh ri", help="what is typed into /suggest")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--wrk-threads", type=int, default=1)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.build = args.build.resolve()
    program = args.build / "readalike"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        common = ["--store", args.store] if args.store else []
        if args.models:
            common += ["--set", f"models.dir={pathlib.Path(args.models).resolve()}"]
        if not args.store:
            for command in ("demo", "train"):
                subprocess.run([program, command, "--quiet"], cwd=folder, check=True,
                               stdout=subprocess.DEVNULL)
        server, url = start([program, "serve", "--set", "http.port=0", "--set",
                             f"http.threads={args.threads}", "--set", "log.level=warn", *common],
                            cwd=folder)
        try:
            title = args.title or json.loads(ask(url + "/popular?k=1", None))["books"][0]["title"]
            quoted = urllib.parse.quote_plus(title)
            rows = [
                measure("GET /recommend?title=", f"{url}/recommend?title={quoted}", None, server,
                        folder, args),
                measure("POST /recommend", f"{url}/recommend", json.dumps({"title": title}), server,
                        folder, args),
                measure("GET /suggest?q=", f"{url}/suggest?q={urllib.parse.quote_plus(args.typed)}",
                        None, server, folder, args),
            ]
        finally:
            server.terminate()
            server.wait()
    if args.json:
        print(json.dumps({"rows": rows}))
    else:
        show(rows, args)


main()
