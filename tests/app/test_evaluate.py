#!/usr/bin/env python3
"""`readalike evaluate --data` from outside.

    test_evaluate.py PROGRAM [unittest options]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = None
DATA = pathlib.Path(os.environ.get("READALIKE_DATA", SOURCE / "../shared/data"))
HAS_DATA = (DATA / "movielens-100k").is_dir()
READERS, BOOKS = 12, 10


def run_program(*arguments, status=0):
    done = subprocess.run([PROGRAM, "evaluate", *map(str, arguments)], capture_output=True,
                          text=True, check=False)
    assert done.returncode == status, (done.returncode, done.stderr)
    return done


def figures(*arguments):
    report = json.loads(run_program(*arguments, "--json").stdout)
    for name in [key[:-4] for key in report if key.endswith("_low")]:
        assert report[name + "_low"] <= report[name] <= report[name + "_high"], name
    return {key: value for key, value in report.items() if not key.endswith("_s")}


class Small(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        with open(self.folder / "u.data", "w", encoding="utf-8") as out:
            for reader in range(READERS):
                for book in range(BOOKS):
                    if (reader + 2 * book) % 5:
                        rating = 5 if (reader + book) % 2 else 2
                        out.write(f"{reader + 1}\t{book + 1}\t{rating}\t{1000 + book}\n")
        with open(self.folder / "u.item", "w", encoding="utf-8") as out:
            for book in range(BOOKS):
                out.write(f"{book + 1}|Book {book} (1990)|01-Jan-1990||\n")
        self.rows = sum((r + 2 * b) % 5 > 0 for r in range(READERS) for b in range(BOOKS))

    def test_every_rating_is_judged_once_in_kfold(self):
        for algorithm in ("baseline", "gd-mf", "item-knn", "nmf", "svd", "svdpp", "user-knn"):
            report = figures("--data", self.folder, "--split", "kfold", "--folds", 4,
                             "--algorithm", algorithm, "--judge", "ratings")
            self.assertEqual((report["ratings"], report["readers"], report["folds"]),
                             (self.rows, READERS, 4))
            self.assertEqual(len(report["fold_rmse"]), 4)
            self.assertLess(min(report["fold_rmse"]), report["rmse"])
            self.assertLess(report["rmse"], max(report["fold_rmse"]))
            self.assertLessEqual(report["mae"], report["rmse"])

    def test_a_seed_gives_the_same_figures(self):
        for algorithm in ("svd", "item-knn"):
            run = ("--data", self.folder, "--algorithm", algorithm, "--k", 3)
            self.assertEqual(figures(*run), figures(*run))
            self.assertNotEqual(figures(*run), figures(*run, "--seed", 2))

    def test_every_split_ranks(self):
        for split in ("holdout", "kfold", "leave-one-out", "last", "readers"):
            report = figures("--data", self.folder, "--split", split, "--algorithm", "popularity",
                             "--k", 3)
            self.assertEqual((report["split"], report["items"]), (split, BOOKS))
            self.assertGreater(report["relevant"], 0)
            self.assertGreater(report["item_coverage"], 0)
            self.assertGreater(report["diversity"], 0)
            self.assertLess(report["diversity"], 1)
        report = figures("--data", self.folder, "--split", "last", "--last", 2, "--algorithm",
                         "popularity")
        self.assertEqual((report["readers"], report["relevant"]), (READERS, 2 * READERS))

    def test_more_training_fits_the_training_set_better(self):
        run = ("--data", self.folder, "--algorithm", "svd", "--on-train", "--set", "svd.lr=0.05")
        short = figures(*run, "--set", "svd.epochs=2")
        long = figures(*run, "--set", "svd.epochs=100")
        self.assertTrue(short["on_train"])
        self.assertLess(long["rmse"], short["rmse"] / 2)
        self.assertIn("TRAINING", run_program(*run, "--quiet").stdout)

    def test_neither_folds_side_by_side_nor_threads_show(self):
        for algorithm in ("svd", "user-knn"):
            run = ("--data", self.folder, "--split", "kfold", "--algorithm", algorithm)
            one, two = (figures(*run, "--set", f"train.threads={n}") for n in (1, 2))
            for report in (one, two):
                report.pop("memory_mb")
            self.assertEqual(one, two)

    def test_readers_and_books_of_few_ratings_can_be_left_out(self):
        with open(self.folder / "u.data", "a", encoding="utf-8") as out:
            out.write("99\t1\t3\t1\n1\t99\t3\t1\n")
        run = ("--data", self.folder, "--split", "kfold", "--folds", 4, "--algorithm", "baseline")
        self.assertEqual(figures(*run)["ratings"], self.rows + 2)
        few = figures(*run, "--min-reader-ratings", 2, "--min-item-ratings", 2)
        self.assertEqual((few["ratings"], few["readers"]), (self.rows, READERS))
        self.assertIn("no reader and book", run_program(*run, "--min-reader-ratings", 99,
                                                        status=1).stderr)

    def test_what_was_read_but_not_rated_can_be_taken_as_a_rating(self):
        with open(self.folder / "Books.csv", "w", encoding="utf-8") as out:
            out.write("ISBN,Book-Title,Book-Author,Year-Of-Publication,Publisher,Image-URL-S,"
                      "Image-URL-M,Image-URL-L\n")
            for book in range(BOOKS):
                out.write(f"{1000000000 + book},Book {book},Somebody,1990,Some House,,,\n")
        with open(self.folder / "Ratings.csv", "w", encoding="utf-8") as out:
            out.write("User-ID,ISBN,Book-Rating\n")
            for reader in range(READERS):
                for book in range(BOOKS):
                    out.write(f"{reader},{1000000000 + book},{(reader + book) % 2 * 8}\n")
        run = ("--data", self.folder, "--format", "book-crossing", "--algorithm",
               "baseline", "--split", "kfold")
        self.assertEqual(figures(*run)["ratings"], READERS * BOOKS // 2)
        self.assertEqual(figures(*run, "--unrated-as", 0)["ratings"], READERS * BOOKS)

    def test_the_next_of_a_sequence_is_found_by_the_order(self):
        ring, length = 9, 5
        sequences = self.folder / "rings.txt"
        with open(sequences, "w", encoding="utf-8") as out:
            for reader in range(ring):
                items = [(reader + place) % ring for place in range(length)]
                out.write(" ".join(map(str, [f"reader{reader}", *items])) + "\n")
        run = ("--data", sequences, "--format", "sequences", "--split", "last", "--k", 1)
        report = figures(*run, "--algorithm", "markov")
        self.assertEqual((report["readers"], report["relevant"], report["hit_rate"]),
                         (ring, ring, 1))
        # item-knn learns no order, but being asked with one helps it.
        knn = (*run, "--algorithm", "item-knn", "--set", "train.min_support=1")
        self.assertLess(figures(*knn)["hit_rate"], figures(*knn, "--recency", 0.5)["hit_rate"])
        popular = figures(*run, "--algorithm", "popularity")
        self.assertLess(popular["hit_rate"], 1)
        self.assertEqual(popular, figures(*run, "--algorithm", "popularity", "--recency", 3))
        self.assertIn("--recency", run_program(*run, "--recency", "-1", status=2).stderr)

    def test_kgats_ndcg_is_printed_on_request(self):
        run = ("--data", self.folder, "--algorithm", "popularity")
        self.assertNotIn("KGAT", run_program(*run).stdout)
        self.assertIn("KGAT", run_program(*run, "--kgat").stdout)
        self.assertIn("diversity@20", run_program(*run).stdout)

    def test_a_sampled_ranking_is_made_on_request_and_says_so(self):
        run = ("--data", self.folder, "--algorithm", "popularity", "--k", 1)
        full, one = figures(*run), figures(*run, "--sampled", 1)
        self.assertEqual(full, figures(*run, "--sampled", 0))
        self.assertNotIn("sampled", full)
        self.assertEqual(one["sampled"], 1)
        self.assertGreater(one["recall"], full["recall"])
        self.assertEqual({**full, "sampled": BOOKS}, figures(*run, "--sampled", BOOKS))
        self.assertNotIn("sampled", run_program(*run).stdout)
        lines = run_program(*run, "--sampled", 1).stdout.splitlines()
        for line in lines[:-1]:  # the last says how long it took
            self.assertIn("sampled 1", line)
        self.assertIn("--sampled", run_program("--data", self.folder, "--algorithm", "svd",
                                               "--sampled", 2, status=2).stderr)

    def test_several_lengths_have_the_figures_that_each_has_alone(self):
        run = ("--data", self.folder, "--split", "kfold", "--algorithm", "popularity", "--k")
        several = json.loads(run_program(*run, "3,1,2,2", "--json").stdout)
        for report, k in zip(several, (1, 2, 3), strict=True):
            self.assertEqual({key: value for key, value in report.items()
                              if not key.endswith("_s")}, figures(*run, k))
        text = run_program(*run, "3,1").stdout
        self.assertLess(text.index("Recall@1 "), text.index("Recall@3 "))
        self.assertEqual(text.count("withheld"), 1)
        for wrong in ("", "3,", ",3", "1,0", "5,1001", "3;4", "1,2,3,4,5,6,7,8,9,10"):
            self.assertIn("--k", run_program(*run, wrong, status=2).stderr)
        self.assertEqual(len(json.loads(run_program(*run, "1,2,3,4,5,6,7,8,9", "--json").stdout)),
                         9)
        self.assertIn("one number", run_program("--data", self.folder, "--algorithm", "svd",
                                                "--k", "1,2", "--judge", "ratings",
                                                status=2).stderr)

    def test_wrong_usage_is_said(self):
        def complaint(*arguments, status=2):
            return run_program("--data", self.folder, *arguments, status=status).stderr

        self.assertIn("are needed", complaint("--train", "x", "--test", "y"))
        self.assertIn("did you mean kfold", complaint("--split", "kfolds"))
        self.assertIn('did you mean "svdpp"', complaint("--algorithm", "svdppp"))
        self.assertIn("svdpp, user-knn", complaint("--algorithm", "nonsense"))
        self.assertIn("does not rank", complaint("--algorithm", "rate-blend",
                                                 "--judge", "ranking"))
        self.assertIn("does not predict", complaint("--algorithm", "ease", "--judge", "ratings"))
        self.assertIn("--judge is", complaint("--algorithm", "svd", "--judge", "books"))
        self.assertIn("none of als, sgd", complaint("--set", "baseline.method=alt"))
        self.assertIn("--k", complaint("--k", 0))
        self.assertIn("--bootstrap", complaint("--bootstrap", 1000000))
        self.assertIn("not trained on", complaint("--algorithm", "svd", "--split", "readers"))
        self.assertIn("--on-train", complaint("--algorithm", "item-knn", "--on-train"))
        self.assertIn("wants --data", run_program("--train", "x", "--test", "y", "--algorithm",
                                                  "rate-blend", status=2).stderr)
        self.assertIn("folds", complaint("--split", "kfold", "--folds", 1, status=1))
        self.assertIn("share", complaint("--share", 1.5, status=1))
        self.assertIn("infinity", complaint("--algorithm", "svd", "--set", "svd.lr=1000",
                                            status=1))
        self.assertIn("unknown format", complaint("--format", "films", status=1))


@unittest.skipUnless(HAS_DATA, f"no real data in {DATA}")
class RealData(unittest.TestCase):
    """5-fold RMSE on MovieLens-100k; in brackets, what Surprise publishes."""

    def check(self, algorithm, most, *settings):
        report = figures("--data", DATA / "movielens-100k", "--split", "kfold", "--judge",
                         "ratings", "--algorithm", algorithm, "--bootstrap", 100,
                         *(word for setting in settings for word in ("--set", setting)))
        self.assertEqual(report["ratings"], 100000)
        self.assertLess(report["rmse"], most)
        self.assertGreater(report["rmse"], 0.88)  # better would be a leak

    def test_biases_are_as_published(self):
        self.check("baseline", 0.9445)  # 0.944
        self.check("baseline", 0.9445, "baseline.method=sgd")

    def test_factors_are_as_published(self):
        self.check("svd", 0.938, "svd.epochs=20", "svd.lr=0.005", "svd.reg=0.02")  # 0.934
        self.check("svd", 0.915)
        self.check("svdpp", 0.913)  # 0.919
        self.check("nmf", 0.955)  # 0.963
        self.check("gd-mf", 0.955)

    def test_a_blend_is_better_than_each(self):
        self.check("rate-blend", 0.902)

    def test_neighbours_are_as_published(self):
        msd = ("knn.similarity=msd", "knn.shrinkage=0")
        self.check("user-knn", 0.981, *msd, "knn.prediction=plain")  # 0.980
        self.check("user-knn", 0.952, *msd, "knn.prediction=centred")  # 0.951
        self.check("user-knn", 0.932, *msd)  # 0.931
        self.check("user-knn", 0.925)
        self.check("item-knn", 0.920)


def main():
    global PROGRAM
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if "data" in os.environ.get("READALIKE_TEST_REQUIRE", "").split(",") and not HAS_DATA:
        sys.exit(f"FAILED, required but missing: real data in {DATA}")
    unittest.main()


if __name__ == "__main__":
    main()
