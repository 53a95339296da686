"""`readalike demo` on a store of its own: what it says, what it leaves, and that it is the same every time."""
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
ROWS = (
    "SELECT source, source_key, name FROM users ORDER BY id",
    "SELECT source, source_key, title, author, year, language, tags FROM books ORDER BY id",
    "SELECT user_id, book_id, rating, rated_at FROM ratings ORDER BY user_id, book_id",
)


def demo(path, *args, expect=0):
    done = subprocess.run([PROGRAM, "demo", "--store", f"sqlite:{path}", *args],
                          capture_output=True, text=True, check=False)
    assert done.returncode == expect, done
    return done


def rows(path, queries=ROWS):
    with sqlite3.connect(path) as store:
        return [store.execute(query).fetchall() for query in queries]


def whole(path):
    with sqlite3.connect(path) as store:
        return "\n".join(store.iterdump())


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name) / "demo.db"
        cls.said = json.loads(demo(cls.path, "--json").stdout)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def other(self):
        return pathlib.Path(self.folder.name) / f"{self.id()}.db"

    def test_what_it_says_is_what_is_there(self):
        users, books, ratings = map(len, rows(self.path))
        self.assertEqual((self.said["users"], self.said["books"], self.said["ratings"]),
                         (users, books, ratings))
        self.assertEqual(self.said["books_added"], books)
        self.assertEqual(self.said["readers"], "simulated")
        self.assertEqual(users, 3000)
        self.assertGreaterEqual(books, 1150)
        self.assertGreaterEqual(ratings, 80000)

    def test_a_second_run_changes_nothing(self):
        before = whole(self.path)
        said = json.loads(demo(self.path, "--json").stdout)
        self.assertEqual(whole(self.path), before)
        for what in ("books", "users", "ratings"):
            self.assertEqual(said[what], self.said[what])
            self.assertEqual((said[what + "_added"], said[what + "_changed"]), (0, 0))

    def test_a_fresh_store_gets_the_same_rows(self):
        demo(self.other())
        self.assertEqual(rows(self.other()), rows(self.path))

    def test_fewer_readers_are_the_first_of_more(self):
        demo(self.other(), "--readers", "50")
        few, many = rows(self.other())[2], rows(self.path)[2]
        self.assertEqual(few, many[:len(few)])
        self.assertEqual(len({row[0] for row in few}), 50)

    def test_readers_are_plainly_called_simulated(self):
        users = rows(self.path)[0]
        self.assertEqual(users[0], ("demo", "simulated-0001", "Simulated reader 1"))
        for _, key, name in users:
            self.assertIn("simulated", key)
            self.assertIn("Simulated", name)
        text = demo(self.path).stdout
        self.assertIn("simulated readers", text)
        self.assertIn("made up", text)

    def test_ratings_are_one_to_ten_and_some_are_left_out(self):
        ratings = [row[2] for row in rows(self.path)[2]]
        self.assertEqual({r for r in ratings if r is not None}, set(map(float, range(1, 11))))
        unrated = sum(r is None for r in ratings) / len(ratings)
        self.assertTrue(0.2 < unrated < 0.3, unrated)

    def test_ratings_are_as_people_rate_what_they_chose(self):
        query = """SELECT avg(rating), count(*) n FROM ratings GROUP BY book_id ORDER BY n DESC"""
        with sqlite3.connect(self.path) as store:
            mean = store.execute("SELECT avg(rating) FROM ratings").fetchone()[0]
            most_read = [row[0] for row in store.execute(query).fetchmany(60)]
        self.assertTrue(7 < mean < 7.6, mean)
        self.assertGreater(min(most_read), 6.9)
        self.assertLess(max(most_read), 9)

    def test_every_reader_read_ten_to_sixty_books_and_nearly_every_book_is_read(self):
        queries = ("SELECT count(*) FROM ratings GROUP BY user_id",
                   "SELECT count(DISTINCT book_id) FROM ratings",)
        readers, read = rows(self.path, queries)
        self.assertGreaterEqual(min(n for n, in readers), 10)
        self.assertLessEqual(max(n for n, in readers), 60)
        self.assertGreaterEqual(read[0][0], 0.98 * self.said["books"])

    def test_a_series_is_mostly_read_from_its_beginning(self):
        query = """SELECT count(*) FROM ratings r JOIN books b ON b.id = r.book_id
                   WHERE b.title = ?"""
        with sqlite3.connect(self.path) as store:
            counts = [store.execute(query, [title]).fetchone()[0]
                      for title in ("Dune", "Dune Messiah", "Children of Dune")]
        self.assertEqual(counts, sorted(counts, reverse=True))

    def test_wrong_usage_is_one_sentence(self):
        for args in (("--readers", "0"), ("--readers", "many"), ("now",)):
            done = demo(self.other(), *args, expect=2)
            self.assertTrue(done.stderr and not done.stdout, done)
        self.assertFalse(self.other().exists())


if __name__ == "__main__":
    unittest.main()
