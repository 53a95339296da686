"""The rows of the sample catalogue: complete, plausible, consistent."""
import collections
import csv
import pathlib
import unittest

DEMO = pathlib.Path(__file__).resolve().parents[2] / "src/app/demo"
LANGUAGES = {"de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "sv"}
COMPLETE = {
    "Harry Potter": 7,
    "The Chronicles of Narnia": 7,
    "Discworld": 41,
    "The Vampire Chronicles": 10,
    "Foundation": 7,
    "Dune": 6,
    "The Wheel of Time": 14,
    "A Song of Ice and Fire": 5,
    "Twilight": 4,
    "Percy Jackson and the Olympians": 5,
    "Sherlock Holmes": 9,
    "Millennium": 6,
    "Bridgerton": 8,
    "L'amica geniale": 4,
    "À la recherche du temps perdu": 7,
}


def load():
    with open(DEMO / "books.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


class Catalogue(unittest.TestCase):
    rows = load()
    genres = (DEMO / "genres.txt").read_text(encoding="utf-8").split()

    def test_there_are_more_than_a_thousand_books(self):
        self.assertGreaterEqual(len(self.rows), 1150)

    def test_no_book_stands_there_twice(self):
        count = collections.Counter((r["title"].casefold(), r["author"].casefold()) for r in self.rows)
        self.assertEqual([key for key, n in count.items() if n > 1], [])

    def test_texts_are_whole_and_trimmed(self):
        for row in self.rows:
            for key, value in row.items():
                self.assertIsNotNone(value, row)
                self.assertEqual(value, " ".join(value.split()), row)
            self.assertTrue(row["title"] and row["author"], row)

    def test_years_and_fame_are_plausible(self):
        for row in self.rows:
            self.assertTrue(-2100 <= int(row["year"]) <= 2026 and int(row["year"]) != 0, row)
            self.assertTrue(1 <= int(row["fame"]) <= 10, row)

    def test_languages_are_known_and_many(self):
        count = collections.Counter(row["language"] for row in self.rows)
        self.assertEqual(set(count) - LANGUAGES, set())
        self.assertGreaterEqual(sum(n for name, n in count.items() if name != "en"), 400)

    def test_genres_come_from_the_list(self):
        self.assertEqual(self.genres, sorted(set(self.genres)))
        used = set()
        for row in self.rows:
            mine = row["genres"].split("|")
            self.assertTrue(1 <= len(mine) <= 5 and len(set(mine)) == len(mine), row)
            used.update(mine)
        self.assertEqual(used, set(self.genres))

    def test_a_series_is_numbered_in_the_order_it_came_out(self):
        series = collections.defaultdict(list)
        for row in self.rows:
            self.assertEqual(bool(row["series"]), bool(row["series_index"]), row)
            if row["series"]:
                series[row["series"]].append((int(row["series_index"]), int(row["year"])))
        for name, entries in series.items():
            entries.sort()
            numbers = [number for number, _ in entries]
            years = [year for _, year in entries]
            self.assertEqual(len(set(numbers)), len(numbers), name)
            self.assertGreaterEqual(numbers[0], 1, name)
            self.assertGreaterEqual(len(entries), 2, name)
            self.assertEqual(years, sorted(years), name)

    def test_famous_series_are_complete(self):
        for name, n in COMPLETE.items():
            numbers = sorted(int(r["series_index"]) for r in self.rows if r["series"] == name)
            self.assertEqual(numbers, list(range(1, n + 1)), name)


if __name__ == "__main__":
    unittest.main()
