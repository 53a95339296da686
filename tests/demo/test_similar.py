"""What a model of the sample data calls similar: sequels and the same author first, then the same kind of book."""
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)
CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "src/app/demo/books.csv"

# A title that everybody knows, and what somebody who knows books expects among the first ten.
EXPECTED = {
    "Harry Potter and the Philosopher's Stone": ["Harry Potter and the Chamber of Secrets"],
    "Harry Potter and the Chamber of Secrets": ["Harry Potter and the Prisoner of Azkaban"],
    "The Hobbit": ["The Fellowship of the Ring", "The Two Towers", "The Return of the King"],
    "The Lion, the Witch and the Wardrobe": ["Prince Caspian"],
    "A Game of Thrones": ["A Clash of Kings", "A Storm of Swords"],
    "The Colour of Magic": ["The Light Fantastic"],
    "Foundation": ["Foundation and Empire", "Second Foundation"],
    "Dune": ["Dune Messiah", "Children of Dune"],
    "The Hitchhiker's Guide to the Galaxy": ["The Restaurant at the End of the Universe"],
    "Neuromancer": ["Count Zero", "Mona Lisa Overdrive"],
    "Interview with the Vampire": ["The Vampire Lestat", "The Queen of the Damned"],
    "The Shining": ["Doctor Sleep"],
    "Nineteen Eighty-Four": ["Animal Farm", "Brave New World"],
    "Murder on the Orient Express": ["The A.B.C. Murders"],
    "A Study in Scarlet": ["The Sign of Four"],
    "The Girl with the Dragon Tattoo": ["The Girl Who Played with Fire"],
    "The Da Vinci Code": ["Angels & Demons"],
    "Casino Royale": ["Live and Let Die"],
    "Pride and Prejudice": ["Emma", "Sense and Sensibility"],
    "The Catcher in the Rye": ["Franny and Zooey"],
    "Twilight": ["New Moon"],
    "The Hunger Games": ["Catching Fire", "Mockingjay"],
    "Outlander": ["Dragonfly in Amber"],
    "The Duke and I": ["The Viscount Who Loved Me"],
    "Master and Commander": ["Post Captain"],
    "Hamlet": ["Macbeth"],
    "The Odyssey": ["The Iliad"],
    "The Lord of the Rings": ["The Fellowship of the Ring"],
    "One Hundred Years of Solitude": ["Love in the Time of Cholera"],
    "The Stranger": ["The Plague"],
    "The Metamorphosis": ["The Trial"],
    "My Brilliant Friend": ["The Story of a New Name"],
   
    "Sapiens": ["Homo Deus"],
    "A Brief History of Time": ["The Universe in a Nutshell"],
    "L'Étranger": ["La Peste"],
    "Die Verwandlung": ["Der Process"],
    "Cien años de soledad": ["Crónica de una muerte anunciada"],
    "L'amica geniale": ["Storia del nuovo cognome"],
    "Двенадцать стульев": ["Золотой телёнок"],
}


def program(folder, *args):
    done = subprocess.run([PROGRAM, *args, "--store", f"sqlite:{folder}/demo.db",
                           "--set", f"models.dir={folder}/models"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return done.stdout


class Similar(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(CATALOGUE, encoding="utf-8", newline="") as file:
            cls.books = {(r["title"], r["author"]): r for r in csv.DictReader(file)}
        cls.titles = collections.defaultdict(list)
        for row in cls.books.values():
            cls.titles[row["title"]].append(row)
        cls.folder = tempfile.TemporaryDirectory()
        program(cls.folder.name, "demo")
        program(cls.folder.name, "train")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def similar(self, title):
        reply = json.loads(program(self.folder.name, "recommend", "--json", "--k", "10",
                                   "--title", title))
        found = [self.books[book["title"], book["author"]] for book in reply["recommendations"]]
        self.assertEqual(len(found), 10, title)
        return self.books[reply["book"]["title"], reply["book"]["author"]], found

    def test_what_a_reader_expects_is_there(self):
        for title, expected in EXPECTED.items():
            with self.subTest(title):
                _, found = self.similar(title)
                self.assertEqual(set(expected) - {row["title"] for row in found}, set())

    def test_the_same_series_or_author_is_among_the_first_five(self):
        for title in EXPECTED:
            with self.subTest(title):
                book, found = self.similar(title)
                self.assertTrue(any(row["author"] == book["author"] or
                                    row["series"] and row["series"] == book["series"]
                                    for row in found[:5]), [row["title"] for row in found])

    def test_the_first_ten_are_mostly_the_same_kind_of_book(self):
        shares = []
        for title in EXPECTED:
            book, found = self.similar(title)
            genres = set(book["genres"].split("|"))
            shares.append(sum(bool(genres & set(row["genres"].split("|"))) for row in found))
            with self.subTest(title):
                self.assertGreaterEqual(shares[-1], 7, [row["title"] for row in found])
        self.assertGreaterEqual(sum(shares) / len(shares), 9)

    def test_after_the_first_volume_comes_the_second(self):
        series = collections.defaultdict(list)
        for row in self.books.values():
            if row["series"] and len(self.titles[row["title"]]) == 1:
                series[row["series"]].append((int(row["series_index"]), row["title"]))
        firsts = [sorted(entries)[:2] for entries in series.values()
                  if len(entries) > 1 and min(entries)[0] == 1]
        self.assertGreater(len(firsts), 150)
        missed = []
        for (_, first), (_, second) in firsts:
            _, found = self.similar(first)
            if second not in [row["title"] for row in found[:3]]:
                missed.append(first)
        self.assertLess(len(missed) / len(firsts), 0.05, missed)

    def test_readers_of_a_language_are_led_to_books_in_it(self):
        for title in ("L'Étranger", "Die Verwandlung", "Cien años de soledad", "人間失格"):
            book, found = self.similar(title)
            self.assertGreaterEqual(sum(row["language"] == book["language"] for row in found), 8,
                                    title)


if __name__ == "__main__":
    unittest.main()
