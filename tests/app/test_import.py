#!/usr/bin/env python3
"""`readalike import` from outside, into SQLite or (READALIKE_PG_URL set) PostgreSQL.

    test_import.py PROGRAM [unittest options]
"""
import csv
import glob
import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = None
SOURCE = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = SOURCE / "tests/data/fixtures"
DATA = pathlib.Path(os.environ.get("READALIKE_DATA", SOURCE / "../shared/data"))
PG_URL = os.environ.get("READALIKE_PG_URL")

DUMP = (
    "SELECT id, source, source_key, name, location, age, revision FROM users ORDER BY id",
    "SELECT id, source, source_key, isbn, title, author, publisher, language, image_url, tags,"
    " year, average_rating, rating_count FROM books ORDER BY id",
    "SELECT user_id, book_id, rating, rated_at, revision FROM ratings ORDER BY user_id, book_id",
    "SELECT id, user_id, name FROM shelves ORDER BY id",
    "SELECT shelf_id, book_id, position FROM shelf_books ORDER BY shelf_id, book_id",
    "SELECT value FROM store_state WHERE name = 'catalogue'",
)


def psql(url, sql):
    program = shutil.which("psql") or glob.glob("/usr/lib/postgresql/*/bin/psql")[0]
    done = subprocess.run([program, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
                           url], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


class Sqlite:
    def __init__(self, folder, number):
        self.path = f"{folder}/store-{number}.db"
        self.url = f"sqlite:{self.path}"

    def dump(self):
        if not os.path.exists(self.path):
            return None
        with sqlite3.connect(self.path) as connection:
            return [connection.execute(sql).fetchall() for sql in DUMP]


class Postgres:
    def __init__(self, _folder, number):
        name = f"import_{os.getpid()}_{number}"
        psql(PG_URL, f"CREATE DATABASE {name}")
        self.url = PG_URL.replace("/readalike?", f"/{name}?")

    def dump(self):
        if psql(self.url, "SELECT to_regclass('books')").strip() != "books":
            return None
        return [psql(self.url, sql).splitlines() for sql in DUMP]


def is_empty(dump):
    return dump is None or not any(dump[:5])


class Case(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="readalike-import-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.n_stores = 0

    def store(self):
        self.n_stores += 1
        number = f"{self._testMethodName[-24:]}_{self.n_stores}"
        return (Postgres if PG_URL else Sqlite)(self.folder, number)

    def command(self, store, *args):
        return [PROGRAM, "--store", store.url, "--json", "import", *map(str, args)]

    def run_import(self, store, *args, status=0):
        done = subprocess.run(self.command(store, *args), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr[-2000:])
        return json.loads(done.stdout), done.stderr

    def write(self, name, text):
        path = pathlib.Path(self.folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def made_up(self, n_books=2000, n_ratings=60000, folder="made-up"):
        """A Book-Crossing folder of one's own, the same every time."""
        dice = random.Random(20261121)
        books = "".join(f'{i:010},"Book, {i}",Author {i % 97},{1900 + i % 120},P,s,m,l\n'
                        for i in range(n_books))
        users = "".join(f'{i},"town {i % 50}, x",{i % 70 + 5}\n' for i in range(500))
        ratings = "".join(f"{dice.randrange(1000)},{dice.randrange(n_books + 50):010},"
                          f"{dice.randrange(11)}\n" for _ in range(n_ratings))
        self.write(f"{folder}/Books.csv", "ISBN,Book-Title,Book-Author,Year-Of-Publication,"
                   "Publisher,Image-URL-S,Image-URL-M,Image-URL-L\n" + books)
        self.write(f"{folder}/Users.csv", "User-ID,Location,Age\n" + users)
        self.write(f"{folder}/Ratings.csv", "User-ID,ISBN,Book-Rating\n" + ratings)
        return pathlib.Path(self.folder, folder)


class Import(Case):
    def test_the_second_time_changes_nothing(self):
        for format_name, folder in (("book-crossing", "book-crossing-kaggle"),
                                    ("book-crossing", "book-crossing-dump"),
                                    ("goodbooks", "goodbooks"), ("movielens", "movielens-100k"),
                                    ("lastfm", "lastfm")):
            with self.subTest(folder):
                store = self.store()
                first, _ = self.run_import(store, format_name, FIXTURES / folder)
                dump = store.dump()
                second, _ = self.run_import(store, format_name, FIXTURES / folder)
                self.assertEqual(store.dump(), dump)
                for name in ("books", "users", "ratings", "shelf_books", "rejected"):
                    self.assertEqual(second[name], first[name], name)
                for kind in ("added", "changed"):
                    self.assertFalse(any(second[kind].values()), second[kind])

    def test_two_sources_do_not_mix(self):
        store = self.store()
        self.run_import(store, "goodbooks", FIXTURES / "goodbooks")
        self.run_import(store, "movielens", FIXTURES / "movielens-100k")
        report, _ = self.run_import(store, "goodbooks", FIXTURES / "goodbooks")
        self.assertFalse(any(report["added"].values()))
        self.assertEqual(len(store.dump()[1]), 4 + 8)

    def test_a_changed_row_is_counted_and_kept(self):
        store = self.store()
        folder = self.made_up(n_books=10, n_ratings=0)
        self.run_import(store, "book-crossing", folder)
        books = folder / "Books.csv"
        books.write_text(books.read_text().replace("Book, 3", "Book the Third"))
        report, _ = self.run_import(store, "book-crossing", folder)
        self.assertEqual(report["changed"], {"books": 1, "users": 0, "ratings": 0})
        self.assertIn("Book the Third", str(store.dump()[1]))

    def test_the_dump_and_its_gzipped_copy_are_the_same(self):
        plain, packed = self.store(), self.store()
        folder = self.made_up(n_ratings=2000)
        self.run_import(plain, "book-crossing", folder)
        for path in folder.iterdir():
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
        self.run_import(packed, "book-crossing", folder)
        self.assertEqual(plain.dump(), packed.dump())

    def test_one_percent_of_bad_rows_is_named_line_by_line(self):
        folder = self.made_up(n_books=100, n_ratings=0)
        faults = ("5,0000000001", "5,0000000001,3,4", "5,0000000001,x", "5,0000000001,11",
                  ",0000000001,5", "5,,5", '5,"0000000001,5', '5,"00"00000001,5',
                  "5,0000000001\0,5", "5,000000000\udcff,5")
        lines, bad = ["User-ID,ISBN,Book-Rating"], []
        for i in range(20000):
            if i % 100 == 50:
                lines.append(faults[i // 100 % len(faults)])
                bad.append(len(lines))
            else:
                lines.append(f"{i % 1000},{i % 100:010},{i % 10 + 1}")
        (folder / "Ratings.csv").write_bytes("\n".join(lines).encode(errors="surrogateescape"))
        rejects = pathlib.Path(self.folder, "rejects.csv")
        report, stderr = self.run_import(self.store(), "book-crossing", folder, "--rejects",
                                         rejects)
        with open(rejects, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        self.assertEqual([int(row["line"]) for row in rows], bad)
        self.assertEqual(report["rejected"], 200)
        self.assertEqual(sum(report["rejected_by"].values()), 200)
        self.assertEqual(set(report["rejected_by"]), {"field_count", "bad_value", "missing_value",
                                                      "bad_quotes", "bad_bytes"})
        self.assertIn(f"Ratings.csv:{bad[0]}: 2 fields instead of 3", stderr)
        self.assertLess(stderr.count("left out"), 10 * 5 + 1)

    def test_strict_stops_and_leaves_the_store_as_it_was(self):
        store = self.store()
        folder = FIXTURES / "book-crossing-kaggle"
        report, stderr = self.run_import(store, "book-crossing", folder, "--strict", status=1)
        self.assertIn("Books.csv:12", report["error"])
        self.assertIn("3 fields instead of 8", stderr)
        self.assertTrue(is_empty(store.dump()))
        self.run_import(store, "goodbooks", FIXTURES / "goodbooks")
        dump = store.dump()
        self.run_import(store, "book-crossing", folder, "--strict", status=1)
        self.assertEqual(store.dump(), dump)

    def test_strict_stops_at_a_rating_of_an_unknown_book(self):
        folder = self.made_up(n_books=3, n_ratings=0)
        (folder / "Ratings.csv").write_text("User-ID,ISBN,Book-Rating\n1,nothing,3\n")
        store = self.store()
        report, _ = self.run_import(store, "book-crossing", folder, "--strict", status=1)
        self.assertIn("unknown book", report["error"])
        self.assertTrue(is_empty(store.dump()))

    def test_mapped_columns_and_a_source_of_ones_own(self):
        store = self.store()
        books = self.write("b.csv", "Id;Name\n1;Middlemarch\n2;Emma\n")
        ratings = self.write("r.csv", "Who;What;Stars\nann;1;5\nann;2;\n")
        arguments = ("csv", "--books", books, "--ratings", ratings, "--source", "club", "--map",
                     "book.key=Id,book.title=Name", "--map", "rating.user=Who", "--map",
                     "rating.book=What,rating.value=Stars")
        report, _ = self.run_import(store, *arguments)
        self.assertEqual((report["books"], report["users"], report["ratings"]), (2, 1, 2))
        self.assertIn("club", str(store.dump()[0]))

    def test_shelves_are_filled(self):
        store = self.store()
        report, _ = self.run_import(store, "goodbooks", FIXTURES / "goodbooks")
        self.assertEqual((report["shelf_books"], report["rejected_by"]["unknown_book"]), (3, 2))

    def test_bad_usage_is_one_sentence_and_makes_no_store(self):
        store = self.store()
        for args, wanted in ((("goodboks", "x"), "did you mean goodbooks"),
                             (("book-crossing", "/nonexistent"), "/nonexistent"),
                             (("book-crossing", FIXTURES), "Books.csv"),
                             (("csv", "--books", "/nonexistent.csv"), "/nonexistent.csv")):
            status = 2 if args[0] == "goodboks" else 1
            report, stderr = self.run_import(store, *args, status=status)
            self.assertIn(wanted, report["error"])
            self.assertEqual(stderr.count("\n"), 1, stderr)
        self.assertIsNone(store.dump())

    def test_options_may_stand_before_the_command(self):
        store = self.store()
        done = subprocess.run([PROGRAM, "--json", f"--store={store.url}", "--set",
                               "store.pool=2", "import", "lastfm", str(FIXTURES / "lastfm")],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.assertEqual(json.loads(done.stdout)["books"], 2)
        done = subprocess.run([PROGRAM, "--store", store.url], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no command", done.stderr)


class Killed(Case):
    def check_again(self, store, arguments, wanted):
        self.run_import(store, *arguments)
        self.assertEqual(store.dump()[:5], wanted[:5])

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait()

    def test_in_the_middle_of_the_ratings(self):
        """The ratings come through a pipe that never ends, so it is certain where it was killed."""
        books = self.write("b.csv", "id,title\n" + "".join(f"{i},Book {i}\n" for i in range(500)))
        rows = "".join(f"{i % 300},{i % 499},{i % 5 + 1}\n" for i in range(300000))
        ratings = self.write("r.csv", "user_id,book_id,rating\n" + rows)
        arguments = ("csv", "--delimiter", ",", "--books", books, "--ratings")
        whole, store = self.store(), self.store()
        self.run_import(whole, *arguments, ratings)
        wanted = whole.dump()
        pipe = pathlib.Path(self.folder, "pipe.csv")
        os.mkfifo(pipe)
        process = subprocess.Popen(self.command(store, *arguments, pipe),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(pipe, "wb") as out:
            out.write(ratings.read_bytes()[:-1000000])
            out.flush()
            time.sleep(0.3)
            self.assertIsNone(process.poll())
            self.kill(process)
            try:
                out.close()
            except BrokenPipeError:
                pass
        self.assertTrue(is_empty(store.dump()))
        self.check_again(store, (*arguments, ratings), wanted)

    def test_at_any_moment(self):
        folder = self.made_up(n_ratings=150000)
        whole, store = self.store(), self.store()
        start = time.monotonic()
        self.run_import(whole, "book-crossing", folder)
        seconds = time.monotonic() - start
        wanted = whole.dump()
        for part in (0.3, 0.5, 0.7, 0.85, 0.95):
            process = subprocess.Popen(self.command(store, "book-crossing", folder),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds * part)
            self.kill(process)
            dump = store.dump()
            self.assertTrue(is_empty(dump) or dump[:5] == wanted[:5], f"killed at {part}")
        self.check_again(store, ("book-crossing", folder), wanted)


@unittest.skipUnless((DATA / "book-crossing").is_dir(), "no real data")
class RealData(Case):
    def test_book_crossing(self):
        store = self.store()
        report, stderr = self.run_import(store, "book-crossing", DATA / "book-crossing")
        self.assertEqual({name: report[name] for name in ("books", "users", "ratings", "rejected")},
                         {"books": 38002, "users": 11723, "ratings": 143017, "rejected": 76748})
        self.assertEqual(report["rejected_by"], {"unknown_book": 76748})
        self.assertIn("Ratings.csv:2: rating of an unknown book, \"0002005018\"", stderr)
        dump = store.dump()
        self.assertEqual([len(rows) for rows in dump[:3]], [11723, 38002, 143017])
        again, _ = self.run_import(store, "book-crossing", DATA / "book-crossing")
        self.assertFalse(any(again["added"].values()) or any(again["changed"].values()))
        self.assertEqual(store.dump(), dump)

    def test_the_other_real_data(self):
        for name, folder, counts in (("goodbooks", "goodbooks", (10000, 0, 0)),
                                     ("movielens", "movielens-100k", (1682, 943, 100000)),
                                     ("lastfm", "lastfm", (17632, 1892, 92834))):
            with self.subTest(name):
                report, _ = self.run_import(self.store(), name, DATA / folder)
                self.assertEqual(tuple(report[n] for n in ("books", "users", "ratings")), counts)
                self.assertEqual(report["rejected"], 0)


def main():
    global PROGRAM
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    required = os.environ.get("READALIKE_TEST_REQUIRE", "").split(",")
    if "data" in required and not (DATA / "book-crossing").is_dir():
        sys.exit(f"FAILED, required but missing: real data in {DATA}")
    unittest.main()


if __name__ == "__main__":
    main()
