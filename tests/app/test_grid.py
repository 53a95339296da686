#!/usr/bin/env python3
"""`readalike grid` from outside.

    test_grid.py PROGRAM [unittest options]
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = None

GRID = """
[grid]
metric = recall
k = 5
split = holdout
share = 0.3
algorithms = popularity
bootstrap = 200

[item-knn]
shrinkage = 0, 10
min_support = 1
  2

[ials]
factors = 4
sweeps = 3
"""


def write_ratings(folder, n_readers=60, n_books=40, seed=3):
    """MovieLens' form. Readers of one half of the books each: there is something to find."""
    draw = random.Random(seed)
    with open(folder / "u.data", "w", encoding="utf-8") as out:
        for reader in range(1, n_readers + 1):
            half = [b for b in range(1, n_books + 1) if b % 2 == reader % 2]
            for book in draw.sample(half, 10):
                out.write(f"{reader}\t{book}\t{draw.randint(1, 5)}\t{draw.randint(1, 10**9)}\n")
    with open(folder / "u.item", "w", encoding="latin-1") as out:
        for book in range(1, n_books + 1):
            out.write(f"{book}|Book {book} (1990)|01-Jan-1990||http://x" + "|0" * 19 + "\n")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.data = self.folder / "data"
        self.data.mkdir()
        write_ratings(self.data)
        self.runs = self.folder / "models/runs"

    def write(self, text):
        (self.folder / "grid.conf").write_text(text, encoding="utf-8")

    def command(self, *arguments):
        return [PROGRAM, *map(str, arguments), "--store", "sqlite:store.db", "--set",
                "models.dir=models"]

    def run_program(self, *arguments, status=0):
        done = subprocess.run(self.command(*arguments), cwd=self.folder, capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def grid(self, text=None, *more):
        if text is not None:
            self.write(text)
        return json.loads(self.run_program("grid", "grid.conf", "--data", self.data, "--json",
                                           *more).stdout)

    def refused(self, text):
        self.write(text)
        return self.run_program("grid", "grid.conf", "--data", self.data, status=2).stderr

    def records(self):
        return {path.stem: json.loads(path.read_text()) for path in self.runs.glob("*.json")}


class Grid(Case):
    def test_every_combination_is_judged_and_the_best_stands_first(self):
        out = self.grid(GRID)
        self.assertEqual(len(out["candidates"]), 6)
        self.assertEqual(sum(c["algorithm"] == "item-knn" for c in out["candidates"]), 4)
        means = [c["recall"]["mean"] for c in out["candidates"]]
        self.assertEqual(means, sorted(means, reverse=True))
        self.assertEqual(out["failed"], [])
        self.assertGreater(means[0], means[-1])
        self.assertEqual(out["candidates"][-1]["algorithm"], "popularity")

    def test_a_candidate_is_what_evaluate_says(self):
        out = self.grid(GRID)
        knn = next(c for c in out["candidates"] if c["label"].startswith("item-knn shrinkage=10 min"
                                                                         "_support=2"))
        alone = json.loads(self.run_program(
            "evaluate", "--data", self.data, "--split", "holdout", "--share", "0.3", "--k", "5",
            "--bootstrap", "200", "--algorithm", "item-knn", "--set", "train.shrinkage=10", "--set",
            "train.min_support=2", "--json").stdout)
        self.assertAlmostEqual(knn["recall"]["mean"], alone["recall"], 6)
        self.assertAlmostEqual(knn["recall"]["low"], alone["recall_low"], 6)
        self.assertAlmostEqual(knn["recall"]["high"], alone["recall_high"], 6)

    def test_what_is_done_is_not_done_again(self):
        first = self.grid(GRID)
        self.assertEqual(first["reused"], 0)
        times = {path: path.stat().st_mtime_ns for path in self.runs.iterdir()}
        second = self.grid()
        self.assertEqual(second["reused"], 6)
        self.assertEqual([c["record"] for c in first["candidates"]],
                         [c["record"] for c in second["candidates"]])
        self.assertEqual(times, {path: path.stat().st_mtime_ns for path in self.runs.iterdir()})
        self.assertEqual(self.grid(GRID.replace("factors = 4", "factors = 4, 5"))["reused"], 6)
        self.assertEqual(self.grid(GRID.replace("share = 0.3", "share = 0.2"))["reused"], 0)
        self.assertEqual(self.grid(GRID, "--set", "train.prior=11")["reused"], 0)
        with open(self.data / "u.data", "a", encoding="utf-8") as out:
            out.write("1\t2\t3\t4\n")
        self.assertEqual(self.grid(GRID)["reused"], 0)

    def test_a_damaged_record_is_judged_again(self):
        self.grid(GRID)
        damaged = sorted(self.runs.iterdir())[0]
        damaged.write_text("{\"format\":", encoding="utf-8")
        self.assertEqual(self.grid()["reused"], 5)
        self.assertEqual(json.loads(damaged.read_text())["name"], damaged.stem)

    def test_a_record_says_how_it_came_about(self):
        self.grid(GRID)
        records = self.records()
        self.assertEqual(len(records), 6)
        for name, record in records.items():
            self.assertEqual((record["name"], record["format"], record["kind"]),
                             (name, "readalike-run", "evaluation"))
            self.assertEqual(record["data"]["ratings"], 600)
            self.assertEqual(len(record["draws"]["values"]), 200)
            self.assertGreater(record["peak_rss_bytes"], record["base_rss_bytes"] // 2)
            self.assertEqual(record["split"]["kind"], "holdout")
            self.assertEqual(sum(g["readers"] for g in record["activity"]),
                             record["judged"]["readers"])
            self.assertIn("mean", record["metrics"]["ndcg"])
            self.assertEqual(record["curve"] is not None, record["algorithm"] == "ials")
        ials = next(r for r in records.values() if r["algorithm"] == "ials")
        self.assertEqual(ials["settings"]["ials.factors"], 4)
        losses = ials["curve"]["values"]
        self.assertEqual(losses, sorted(losses, reverse=True))
        self.assertEqual(len(losses), 3)

    def test_the_same_figures_for_any_number_at_once(self):
        one = self.grid(GRID.replace("k = 5", "k = 5\nparallel = 1"))
        for path in self.runs.iterdir():
            path.unlink()
        three = self.grid(GRID.replace("k = 5", "k = 5\nparallel = 3"))
        self.assertEqual((one["at_once"], three["at_once"]), (1, 3))
        self.assertEqual([(c["label"], c["recall"]) for c in one["candidates"]],
                         [(c["label"], c["recall"]) for c in three["candidates"]])

    def test_ties_are_told(self):
        out = self.grid("[grid]\n[item-knn]\nshrinkage = 10, 10.0001\n[popularity]\nprior = 10\n")
        self.assertEqual([c["tie"] for c in out["candidates"]], [False, True, False])
        self.assertIn("a tie", self.run_program("grid", "grid.conf", "--data", self.data).stdout)
        behind = out["candidates"][2]["behind"]
        self.assertGreater(behind["low"], 0)
        self.assertLess(behind["low"], behind["mean"])

    def test_what_is_over_the_budget_is_refused_and_the_rest_goes_on(self):
        out = self.grid("[grid]\nalgorithms = popularity\nmemory_mb = 1\n[ials]\nfactors = 4096\n")
        self.assertEqual([c["algorithm"] for c in out["candidates"]], ["popularity"])
        self.assertIn("the limit is 1 MB", out["failed"][0]["error"])

    def test_two_that_mean_the_same_are_one(self):
        out = self.grid("[item-knn]\nshrinkage = 10, 10.0\n[item-knn again]\nshrinkage = 10\n")
        self.assertEqual(len(out["candidates"]), 1)

    def test_a_grid_can_be_of_ratings(self):
        out = self.grid("[grid]\nmetric = rmse\nsplit = kfold\nfolds = 3\nalgorithms = svd\n")
        self.assertEqual((out["judges"], out["folds"]), ("ratings", 3))
        record = next(iter(self.records().values()))
        self.assertEqual(len(record["fold_rmse"]), 3)
        self.assertIn("rmse", record["activity"][0])

    def test_the_files_that_come_along_can_be_read(self):
        config = pathlib.Path(__file__).resolve().parents[2] / "config"
        out = json.loads(self.run_program("grid", config / "grid.conf", "--data", self.data,
                                          "--json").stdout)
        self.assertGreater(len(out["candidates"]), 20)
        self.assertEqual(out["failed"], [])
        # Nobody here has as many ratings as that grid asks for.
        self.run_program("grid", config / "grid-ratings.conf", "--data", self.data, status=1)

    def test_the_store_is_judged_too(self):
        self.write(GRID)
        self.run_program("import", "movielens", self.data)
        out = json.loads(self.run_program("grid", "grid.conf", "--json").stdout)
        self.assertEqual((out["rows"], len(out["candidates"])), (600, 6))

    def test_a_stop_keeps_what_is_done_and_nothing_half(self):
        self.write("[grid]\nparallel = 2\nalgorithms = popularity\n[ials]\nfactors = 16\n"
                   "sweeps = 1000\nseed = " + " ".join(map(str, range(40))) + "\n")
        command = self.command("grid", "grid.conf", "--data", self.data)
        with subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            for _ in range(2):
                process.stdout.readline()
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate()
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual(process.returncode, 1)
        self.assertIn("the same command goes on from there", said)
        kept = len(self.records())  # each is whole: it was parsed
        self.assertEqual(kept, len(list(self.runs.iterdir())))
        self.assertGreaterEqual(kept, 2)
        self.assertLess(kept, 41)


class Train(Case):
    def setUp(self):
        super().setUp()
        self.run_program("import", "movielens", self.data)

    def train(self, *arguments, status=0):
        return json.loads(self.run_program("train", *arguments, "--json", status=status).stdout)

    def live(self):
        return (self.folder / "models/live").read_text().strip()

    def test_the_best_is_trained_on_everything_with_its_settings_and_goes_live(self):
        self.write(GRID)
        out = self.train("--grid", "grid.conf")
        best, model = out["grid"]["candidates"][0], out["models"][0]
        self.assertEqual(len(out["grid"]["candidates"]), 6)
        self.assertEqual(model["algorithm"], best["algorithm"])
        self.assertTrue(model["promoted"])
        self.assertEqual(self.live(), model["version"])
        record = self.records()["training-" + model["version"]]
        self.assertEqual(record["evaluation"], best["record"])
        self.assertEqual(record["settings"], best["settings"])
        self.assertEqual((record["kind"], record["version"]), ("training", model["version"]))
        self.assertEqual(record["bytes"], (self.folder / model["path"]).stat().st_size)
        again = self.train("--grid", "grid.conf")
        self.assertEqual(again["grid"]["reused"], 6)  # the live one is one of them
        self.assertEqual(len(again["grid"]["candidates"]), 6)
        self.assertEqual(again["models"][0]["version"], model["version"])

    def test_a_worse_one_than_the_live_does_not_go_live(self):
        self.train("--algorithm", "item-knn", "--set", "train.shrinkage=3")
        good = self.live()
        worse = ["train", "--algorithm", "popularity", "--check"]
        said = self.run_program(*worse, status=1).stderr
        self.assertRegex(said, r"not promoted: popularity has NDCG 0\.\d+, the live model's settings "
                               r"0\.\d+: worse by 0\.\d+ \(95 %: 0\.\d+ to")
        self.assertEqual(self.live(), good)
        out = self.train(*worse[1:], status=1)
        self.assertEqual((out["refused"], out["models"][0]["promoted"]), (True, False))
        live = next(c for c in out["grid"]["candidates"] if c["live"])
        self.assertEqual(live["settings"]["train.shrinkage"], 3)
        self.run_program(*worse, "--no-promote")
        self.assertEqual(self.live(), good)
        self.assertIn("worse by", self.run_program(*worse, "--force").stdout)
        self.assertTrue(self.live().startswith("popularity-"))
        self.assertIn("better by", self.run_program("train", "--algorithm", "item-knn",
                                                    "--check").stdout)
        self.assertTrue(self.live().startswith("item-knn-"))

    def test_a_live_model_of_another_kind_of_program_does_not_stop_a_training(self):
        self.train("--algorithm", "popularity")
        model = next((self.folder / "models").glob("popularity-*.model"))
        model.write_bytes(b"broken" + model.read_bytes()[6:])
        out = self.train("--algorithm", "item-knn", "--check")
        self.assertIn("cannot be judged", out["verdict"])
        self.assertTrue(self.live().startswith("item-knn-"))

    def test_wrong_usage_is_told(self):
        self.write(GRID)
        self.assertIn("--grid names the algorithms", self.run_program(
            "train", "--grid", "grid.conf", "--check", status=2).stderr)
        self.assertIn("takes one", self.run_program(
            "train", "--check", "--algorithm", "ease", "--algorithm", "ials", status=2).stderr)

    def test_quiet_says_nothing_that_is_no_trouble(self):
        self.assertEqual(self.run_program("train", "--quiet").stdout, "")
        self.assertEqual(self.run_program("import", "movielens", self.data, "--quiet").stdout, "")

    def test_a_stop_at_any_moment_leaves_nothing_half(self):
        command = self.command("train", "--algorithm", "rp3beta", "--quiet")
        self.run_program("train", "--algorithm", "popularity")  # something stays live
        whole = time.monotonic()
        subprocess.run(command, cwd=self.folder, check=True)
        whole = time.monotonic() - whole
        for number in range(10):
            with subprocess.Popen(command, cwd=self.folder) as process:
                time.sleep(whole * (1 + number) / 10)
                process.send_signal(signal.SIGTERM if number % 2 else signal.SIGINT)
            self.assertIn(process.returncode, (0, -signal.SIGTERM, -signal.SIGINT))
            for path in (self.folder / "models").rglob("*"):
                self.assertTrue(path.is_dir() or path.suffix in (".model", ".json", ".jsonl") or
                                path.name in ("live", "lock"), path)
            self.records()
            listed = json.loads(self.run_program("models", "--json").stdout)["models"]
            self.assertFalse([m for m in listed if m["damaged"]])
            for path in (self.folder / "models").glob("rp3beta-*"):
                path.unlink()


class Refusals(Case):
    def test_what_is_wrong_in_the_file_is_told(self):
        for text, said in (
                ("[grid]\nmetrik = ndcg\n", "grid.conf:2: [grid] has no \"metrik\"; did you mean"),
                ("[grid]\nk = many\n", "grid.conf:2: k: \"many\" is not a whole number"),
                ("[grid]\nk = 0\n", "grid.conf:2: k: 0 is not between 1 and 1000"),
                ("k = 1\n", "stands in no section"),
                ("[grid]\nmetric = ncdg\n[ease]\nlambda=1\n", "did you mean ndcg"),
                ("[grid]\nsplit = hold\n[ease]\nlambda=1\n", "split"),
                ("[grid]\nk = 3\n", "no candidate"),
                ("[eas]\nlambda = 1\n", "unknown algorithm \"eas\"; did you mean \"ease\"?"),
                ("[ease]\nlamda = 1\n", "ease has no setting \"lamda\""),
                ("[ease]\nlambda = -1\n", "ease.lambda: -1 is not between"),
                ("[ease]\nlambda = ,\n", "lambda has no value"),
                ("[grid]\nmetric = rmse\n[ease]\nlambda = 1\n", "predicts ratings"),
                ("[ease\n", "grid.conf:1: expected [section]"),
                ("[ease]\n" + "".join(f"train.{key} = " + ",".join(map(str, range(1, 40))) + "\n"
                                      for key in ("neighbours", "min_support", "prior")),
                 "more than 10000 candidates")):
            self.assertIn(said, self.refused(text), text)
        self.assertFalse(self.runs.exists())

    def test_a_file_that_is_not_there_is_told(self):
        self.assertIn("cannot open the grid file nowhere.conf",
                      self.run_program("grid", "nowhere.conf", status=2).stderr)
        self.assertIn("a FILE is needed", self.run_program("grid", status=2).stderr)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
