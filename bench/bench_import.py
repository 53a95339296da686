#!/usr/bin/env python3
"""Ratings a second of `readalike import`, into SQLite and PostgreSQL.

    bench_import.py PROGRAM [--ratings N] [--json]

Makes (once, with a fixed seed) a Book-Crossing folder of N ratings (2,000,000 unless said), with
books, readers and the skew of a real one, and loads it into a new store of each kind. A rate is
all ratings over all of the command's time: start, books, readers, ratings, commit. CPU is the
command's own; where it is much less than the time, others had the machine. PostgreSQL is a
server of the benchmark's own with its default settings; without one it is left out, and said.
"""
import argparse
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests/tools"))

TARGETS = {"sqlite": 200_000, "postgresql": 150_000}
SEED = 20261121


def skewed(dice, n):
    """Few are named often, most seldom: about what a catalogue's readers do."""
    return int(n * dice.random() ** 3)


def make_folder(folder, n_ratings):
    dice = random.Random(SEED)
    n_books, n_users = max(n_ratings // 20, 10), max(n_ratings // 15, 10)
    with open(folder / "Books.csv", "w", encoding="utf-8") as out:
        out.write("ISBN,Book-Title,Book-Author,Year-Of-Publication,Publisher,Image-URL-M\n")
        for i in range(n_books):
            out.write(f'{i:010},"Made-up book, number {i}",Author {i % 9973},{1900 + i % 120},'
                      f"Publisher {i % 499},http://images.example.org/P/{i:010}.jpg\n")
    with open(folder / "Users.csv", "w", encoding="utf-8") as out:
        out.write("User-ID,Location,Age\n")
        for i in range(n_users):
            out.write(f'{i},"town {i % 997}, county, country",{i % 70 + 10}\n')
    with open(folder / "Ratings.csv", "w", encoding="utf-8") as out:
        out.write("User-ID,ISBN,Book-Rating\n")
        for _ in range(n_ratings):
            out.write(f"{skewed(dice, n_users)},{skewed(dice, n_books):010},"
                      f"{dice.randrange(11)}\n")


def measure(program, url, folder):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, "--store", url, "--json", "import", "book-crossing", folder],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench_import: {done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)
    report["cpu_seconds"] = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return report


def result(backend, n_ratings, report):
    rate = n_ratings / report["seconds"]
    return {"backend": backend, "ratings_read": n_ratings, "ratings_stored": report["ratings"],
            "books": report["books"], "users": report["users"], "seconds": report["seconds"],
            "cpu_seconds": round(report["cpu_seconds"], 3),
            "ratings_per_second": round(rate), "target": TARGETS[backend],
            "reached": rate >= TARGETS[backend]}


def run_all(program, n_ratings):
    with tempfile.TemporaryDirectory(prefix="readalike-bench-") as name:
        folder = pathlib.Path(name)
        make_folder(folder, n_ratings)
        yield result("sqlite", n_ratings, measure(program, f"sqlite:{name}/bench.db", name))
        from with_postgres import Missing, Postgres
        try:
            with Postgres() as server:
                yield result("postgresql", n_ratings, measure(program, server.url, name))
        except Missing as missing:
            print(f"bench_import: PostgreSQL left out: {missing}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--ratings", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    args = parser.parse_args()
    for row in run_all(args.program, args.ratings):
        if args.json:
            print(json.dumps(row), flush=True)
            continue
        print(f"import into {row['backend']:<10} {row['ratings_per_second']:>9,} ratings/s  "
              f"({row['ratings_read']:,} ratings, {row['books']:,} books, {row['users']:,} readers"
              f" in {row['seconds']:.2f} s, {row['cpu_seconds']:.2f} s of CPU; target {row['target']:,}: "
              f"{'reached' if row['reached'] else 'MISSED'})", flush=True)


if __name__ == "__main__":
    main()
