"""`readalike recommend` and `readalike suggest` on the sample catalogue, imported and trained once."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv.pop(1)


class Ask(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        for command in ("demo", "train"):
            cls.run_program(command, "--quiet")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def run_program(cls, *args, expect=0, models="models"):
        done = subprocess.run(
            [PROGRAM, args[0], "--store", f"sqlite:{cls.path}/a.db",
             "--set", f"models.dir={cls.path}/{models}", *args[1:]],
            capture_output=True, text=True, check=False)
        assert done.returncode == expect, done
        return done

    def ask(self, *args, expect=0):
        return json.loads(self.run_program(*args, "--json", expect=expect).stdout)

    def titles(self, *args):
        return [pick["title"] for pick in self.ask("recommend", *args)["recommendations"]]

    def test_sequels_come_first(self):
        said = self.ask("recommend", "--title", "the hobbit", "--k", "3")
        self.assertEqual(said["book"]["title"], "The Hobbit")
        self.assertEqual({pick["title"] for pick in said["recommendations"]},
                         {"The Fellowship of the Ring", "The Two Towers", "The Return of the King"})
        self.assertIsNone(said["fallback"])
        self.assertEqual(said["model"]["algorithm"], "item-knn")

    def test_several_titles_and_the_reasons(self):
        said = self.ask("recommend", "--title", "Dune", "--title", "Emma", "--k", "10", "--explain")
        self.assertEqual([book["title"] for book in said["books"]], ["Dune", "Emma"])
        for pick in said["recommendations"]:
            self.assertAlmostEqual(sum(part["weight"] for part in pick["because"]), pick["score"],
                                   places=4)

    def test_filters_hold_and_the_answer_stays_full(self):
        said = self.ask("recommend", "--title", "Dune", "--author", "Austen", "--k", "3")
        self.assertEqual(len(said["recommendations"]), 3)
        for pick in said["recommendations"]:
            self.assertEqual(pick["author"], "Jane Austen")
        for pick in self.ask("recommend", "--title", "Dune", "--year-from", "1900", "--year-to",
                             "1950", "--k", "20")["recommendations"]:
            self.assertTrue(1900 <= pick["year"] <= 1950)

    def test_what_is_excluded_stays_away(self):
        first = self.ask("recommend", "--title", "Dune")["recommendations"][0]
        self.assertNotIn(first["title"], self.titles("--title", "Dune", "--exclude", str(first["id"])))

    def test_a_file_of_ratings(self):
        table = self.path / "mine.csv"
        table.write_text("title,rating\nDune,5\nEmma,1\nNo such book at all,3\nThe Hobbit,many\n")
        done = self.run_program("recommend", "--ratings", str(table), "--json")
        said = json.loads(done.stdout)
        self.assertIn(f"{table}:4: no book of the model is \"No such book at all\"", done.stderr)
        self.assertIn(f"{table}:5: the rating \"many\" is not a number", done.stderr)
        self.assertIn("Frank Herbert", [pick["author"] for pick in said["recommendations"]])
        self.assertNotIn("Jane Austen", [pick["author"] for pick in said["recommendations"]])
        table.write_text("name,stars\nDune,5\n")
        self.assertIn("must name the columns",
                      self.run_program("recommend", "--ratings", str(table), expect=1).stderr)
        self.run_program("recommend", "--ratings", str(self.path / "none.csv"), expect=1)

    def test_a_reader_of_the_store(self):
        self.assertEqual(len(self.titles("--user", "1", "--k", "10")), 10)
        self.assertEqual(self.ask("recommend", "--user", "nobody", expect=1)["code"], "not_found")

    def test_an_unknown_title_gets_suggestions(self):
        said = self.ask("recommend", "--title", "the hobit", expect=1)
        self.assertEqual(said["suggestions"][0]["title"], "The Hobbit")
        shown = self.run_program("recommend", "--title", "the hobit", expect=1).stdout
        self.assertIn("Did you mean:\n  1. The Hobbit - J. R. R. Tolkien (1937)", shown)

    def test_text_for_people(self):
        shown = self.run_program("recommend", "--title", "The Hobbit", "--k", "2", "--explain").stdout
        self.assertRegex(shown, r"\A\S.*The Hobbit - J\. R\. R\. Tolkien \(1937\):\n  1\. ")
        self.assertIn("because of The Hobbit", shown)

    def test_suggestions_forgive_typos(self):
        said = self.ask("suggest", "lord of teh rings", "-n", "3")
        self.assertLessEqual(len(said["suggestions"]), 3)
        self.assertEqual(self.ask("suggest", "harry poter chamber secrets")["suggestions"][0]["title"],
                         "Harry Potter and the Chamber of Secrets")
        self.assertIn("typo", self.run_program("suggest", "the hobit").stdout)

    def test_wrong_usage_is_said(self):
        for args in (("recommend",), ("recommend", "--title", "Dune", "--user", "1"),
                     ("recommend", "Dune"), ("recommend", "--title", "Dune", "--k", "0"),
                     ("recommend", "--title", "Dune", "--k", "101"),
                     ("recommend", "--title", "Dune", "--year-from", "soon"),
                     ("recommend", "--title", "Dune", "--year-from", "2000", "--year-to", "1999"),
                     ("recommend", "--title", "Dune", "--exclude", "x"),
                     ("suggest",), ("suggest", "two", "words"), ("suggest", "x", "--n", "65")):
            self.assertTrue(self.run_program(*args, expect=2).stderr.startswith("readalike: "))

    def test_without_a_model_it_says_what_to_do(self):
        for args in (("recommend", "--title", "Dune"), ("suggest", "Dune")):
            done = self.run_program(*args, expect=1, models="nothing")
            self.assertIn("readalike train", done.stderr)


if __name__ == "__main__":
    unittest.main()
