#!/usr/bin/env python3
"""`readalike report`: one page that needs nothing beside it and says what the records say.

    test_report.py PROGRAM [unittest options]
"""
import html.parser
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(html.parser.HTMLParser):
    """What is on the page; fails on tags that do not nest."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        if self.open:
            raise AssertionError(f"never closed: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes something else")

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data.strip())

    def count(self, tag, css_class=None):
        return sum(1 for name, attrs in self.elements
                   if name == tag and (css_class is None or
                                       css_class in (attrs.get("class") or "").split()))


def figure(mean):
    return {"mean": mean, "low": mean - 0.01, "high": mean + 0.01, "interval": 0.01}


def record(fingerprint, label, recall, **more):
    algorithm = label.split()[0]
    return {"format": "readalike-run", "format_version": 1, "kind": "evaluation",
            "name": f"evaluation-{abs(hash(label)):x}", "algorithm": algorithm, "label": label,
            "settings": {}, "data": {"fingerprint": fingerprint}, "train_s": 1.5,
            "peak_rss_bytes": 123000000, "judges": "ranking", "metric": "recall", "k": 20,
            "split": {"kind": "holdout", "share": 0.2, "seed": 1},
            "metrics": {"recall": figure(recall), "ndcg": figure(recall / 2)},
            "curve": {"what": "loss", "values": [8, 4, 3]},
            "activity": [{"from": 1, "to": 5, "readers": 10, "recall": recall},
                         {"from": 6, "to": None, "readers": 10, "recall": recall / 2}], **more}


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        cls.run_program("demo", "--quiet")
        cls.models = [json.loads(cls.run_program("train", "--json", "--algorithm", name).stdout)
                      for name in ("item-knn", "popularity")]
        cls.fingerprint = cls.models[0]["fingerprint"]

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    @classmethod
    def run_program(cls, *arguments, status=0):
        done = subprocess.run(
            [PROGRAM, *arguments, "--store", "sqlite:store.db", "--set", "models.dir=models"],
            cwd=cls.folder, capture_output=True, text=True, check=False)
        if done.returncode != status:
            raise AssertionError(f"{arguments}: {done.returncode}: {done.stderr}")
        return done

    def setUp(self):
        self.version = self.models[0]["models"][0]["version"]
        self.runs = self.folder / "models" / "runs"
        self.runs.mkdir(exist_ok=True)
        for old in self.runs.iterdir():
            old.unlink()

    def put(self, document, name):
        text = document if isinstance(document, str) else json.dumps(document)
        (self.runs / f"{name}.json").write_text(text, encoding="utf-8")

    def page(self, *arguments):
        self.run_program("report", self.version, *arguments, "-o", "page.html", "--quiet")
        self.text = (self.folder / "page.html").read_text(encoding="utf-8")
        return Page(self.text)

    def test_nothing_is_loaded_from_elsewhere(self):
        page = self.page()
        for tag, attrs in page.elements:
            for name in ("src", "href", "data", "poster"):
                self.assertNotIn(name, attrs, tag)
        for forbidden in ("url(", "@import", "http://", "https://"):
            self.assertNotIn(forbidden, self.text)

    def test_data_books_and_map_are_there(self):
        page = self.page()
        self.assertIn("The data", page.words)
        self.assertEqual(page.count("svg", "plot"), 3)  # two tails and the ratings
        self.assertEqual(page.count("ol"), 20)  # ten books, two models
        self.assertGreater(page.count("path", "spot"), 5)
        self.assertGreater(page.count("circle", "tip"), 400)
        self.assertIn("No evaluation of this data is on record.", " ".join(page.words))

    def test_the_model_beside_is_the_one_asked_for(self):
        other = self.models[1]["models"][0]["version"]
        self.assertIn(other, self.page("--beside", other).words)
        self.run_program("report", "--beside", "no-such", "-o", "page.html", status=1)

    def test_a_map_in_the_model_file_is_the_map_of_the_page(self):
        drawn = [attrs for _, attrs in self.page().elements if attrs.get("class") == "tip"]
        with_map = json.loads(self.run_program("train", "--json", "--no-promote", "--algorithm",
                                               "item-knn", "--set", "train.map=1").stdout)
        version = with_map["models"][0]["version"]
        self.assertNotEqual(version, self.version)
        self.run_program("report", version, "-o", "page.html", "--quiet")
        page = Page((self.folder / "page.html").read_text(encoding="utf-8"))
        kept = [attrs for _, attrs in page.elements if attrs.get("class") == "tip"]
        self.assertEqual(kept, drawn)

    def test_records_of_this_data_are_a_table_best_first(self):
        self.put(record(self.fingerprint, "ials factors=64", 0.2), "evaluation-1")
        self.put(record(self.fingerprint, "ease", 0.3), "evaluation-2")
        self.put(record("0" * 16, "stranger", 0.9), "evaluation-3")
        page = self.page()
        self.assertEqual(page.count("table", "sortable"), 1)
        rows = [word for word in page.words if word in ("ease", "ials factors=64", "stranger")]
        self.assertEqual(rows[:2], ["ease", "ials factors=64"])
        self.assertNotIn("stranger", rows)
        self.assertIn("0.3000", page.words)
        self.assertIn("How training went", self.text)
        self.assertIn("By how much readers had read", self.text)

    def test_what_cannot_be_compared_is_not(self):
        self.put(record(self.fingerprint, "ease", 0.3), "evaluation-1")
        self.put(record(self.fingerprint, "svd", 0.9, judges="ratings", metric="rmse",
                        metrics={"rmse": figure(0.9), "mae": figure(0.7)}), "evaluation-2")
        self.put(record(self.fingerprint, "slim", 0.3, k=10), "evaluation-3")
        self.assertEqual(self.page().count("table", "sortable"), 3)

    def test_damaged_records_are_passed_over(self):
        self.put("{", "evaluation-1")
        self.put("[]", "evaluation-2")
        self.put({"kind": "evaluation", "metric": "recall", "curve": 3, "metrics": [],
                  "data": {"fingerprint": self.fingerprint}}, "evaluation-3")
        self.put(record(self.fingerprint, "ease", 0.3), "evaluation-4")
        self.assertIn("ease", self.page().words)

    def test_text_is_text(self):
        self.put(record(self.fingerprint, "<script>alert(1)</script>", 0.2), "evaluation-1")
        self.assertEqual(self.page().count("script"), 1)

    def test_the_same_model_gives_the_same_page(self):
        self.page()
        first = self.text
        self.page()
        self.assertEqual(self.text, first)

    def test_a_page_that_cannot_be_written_is_said(self):
        done = self.run_program("report", "-o", "no/such/folder/page.html", status=1)
        self.assertIn("no/such/folder", done.stderr)


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
