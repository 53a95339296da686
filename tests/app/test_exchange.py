#!/usr/bin/env python3
"""`readalike models export` and `import` from outside; arrays as docs of numpy have them.

    test_exchange.py PROGRAM [unittest options]
"""
import io
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import unittest
import zipfile

import test_grid

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests/tools"))
from model_file import ModelFile  # noqa: E402


def npy(values, shape, kind="<f4"):
    """An array in C order, as numpy.save writes it."""
    letter = {"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q"}[kind]
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() +
            struct.pack(f"<{len(values)}{letter}", *values))


def npz(**arrays):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in arrays.items():
            file.writestr(name + ".npy", data)
    return out.getvalue()


class Case(test_grid.Case):
    def setUp(self):
        super().setUp()
        self.run_program("import", "movielens", self.data)
        self.models = self.folder / "models"
        self.out = self.folder / "out"

    def json(self, *arguments, status=0):
        return json.loads(self.run_program(*arguments, "--json", status=status).stdout)

    def train(self, algorithm, *more):
        model = self.json("train", "--algorithm", algorithm, "--set", "ials.factors=8", *more)
        return ModelFile(self.folder / model["models"][0]["path"])

    def take(self, *arguments, path="out"):
        said = self.json("models", "import", path, *arguments)
        return said, ModelFile(self.models / (said["version"] + ".model"))

    def refused(self, *arguments, path="out"):
        done = self.run_program("models", "import", path, *arguments, status=1)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual([p.name for p in self.models.iterdir() if p.name.startswith(".")], [])
        return done.stderr

    def write(self, **files):
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        for name, data in files.items():
            path = self.out / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())


class RoundTrip(Case):
    def check_similar(self, form):
        before = self.train("item-knn")
        self.run_program("models", "export", "--out", "out", "--form", form)
        said, after = self.take("--name", "from-elsewhere")
        self.assertEqual((said["items_matched"], said["promoted"]), (said["items"], False))
        self.assertEqual(after.meta["algorithm"], "from-elsewhere")
        self.assertEqual(after.titles(), before.titles())
        for row in range(len(before)):
            self.assertEqual(after.similar(row), before.similar(row))

    def test_neighbours_come_back_as_they_were(self):
        self.check_similar("numpy")
        self.assertEqual({p.name for p in self.out.iterdir()},
                         {"similarity.npz", "item_ids.txt", "model.json"})
        with zipfile.ZipFile(self.out / "similarity.npz") as file:
            self.assertIsNone(file.testzip())
            self.assertEqual(file.namelist(), ["indices.npy", "indptr.npy", "format.npy",
                                               "shape.npy", "data.npy"])

    def test_neighbours_come_back_from_csv(self):
        self.check_similar("csv")

    def test_factors_come_back_in_every_form(self):
        before = self.train("ials", "--set", "train.user_factors=1")
        for form in ("numpy", "csv", "spark"):
            shutil.rmtree(self.out, ignore_errors=True)
            self.run_program("models", "export", "--out", "out", "--form", form)
            said, after = self.take()
            self.assertEqual((said["items_matched"], said["users_matched"]), (40, 60), form)
            for name in ("item_factors", "user_factors", "user_ids"):
                self.assertEqual(after.sections[name], before.sections[name], (form, name))
            self.assertEqual(after.meta["fold_in"], before.meta["fold_in"])
        want = self.json("recommend", "--title", "Book 3")["recommendations"]
        self.run_program("models", "promote", said["version"])
        got = self.json("recommend", "--title", "Book 3")["recommendations"]
        self.assertEqual([b["id"] for b in got], [b["id"] for b in want])

    def test_an_exported_version_can_be_named_and_a_popularity_model_cannot_be_exported(self):
        first = self.train("item-knn")
        self.train("popularity")
        self.run_program("models", "export", first.meta["version"], "--out", "out")
        said = self.run_program("models", "export", "--out", "out2", status=1).stderr
        self.assertIn("nothing to export", said)
        self.assertIn("--out FOLDER", self.run_program("models", "export", status=2).stderr)


class Import(Case):
    def test_a_file_of_implicit_becomes_a_model(self):
        self.write(als_dot_npz=npz(item_factors=npy([1, 0, 0, 1, 1, 1], (3, 2)),
                                   user_factors=npy([1, 0], (1, 2))),
                   items_dot_txt="1\n2\n999\n", users_dot_txt="1\n")
        said, model = self.take("--item-ids", "out/items.txt", "--user-ids", "out/users.txt",
                                "--promote", path="out/als.npz")
        self.assertEqual((said["items"], said["items_matched"], said["users_matched"]), (3, 2, 1))
        at = model.sections["item_ids"].index(2)
        self.assertEqual(model.sections["item_factors"][2 * at:2 * at + 2], (0, 1))
        self.assertEqual(model.meta["kind"], "factors")
        self.assertTrue(self.json("recommend", "--title", "Book 1")["recommendations"])
        text = self.run_program("models", "import", "out/als.npz", "--item-ids", "out/items.txt",
                                "--user-ids", "out/users.txt").stdout
        self.assertIn("2 of 3 items are books of the store, 1 of 1 users its readers; 38 of", text)

    def test_biases_of_lightfm_are_taken(self):
        self.write(item_embeddings_dot_npy=npy([1, 2, 3, 4], (2, 2)),
                   item_biases_dot_npy=npy([.5, -.5], (2,)),
                   item_ids_dot_npy=npy([7, 8], (2,), "<i8"))
        _, model = self.take()
        ids, bias = model.sections["item_ids"], model.sections["item_bias"]
        self.assertEqual((bias[ids.index(7)], bias[ids.index(8)], bias[ids.index(1)]),
                         (.5, -.5, -.5))

    def test_a_sparse_matrix_and_a_padded_table_mean_the_same(self):
        self.write(similarity_dot_npz=npz(indptr=npy([0, 3, 4, 4], (4,), "<i4"),
                                          indices=npy([0, 2, 1, 0], (4,), "<i4"),
                                          data=npy([1, .25, .75, .5], (4,), "<f8")),
                   item_ids_dot_txt="4\n5\n6\n")
        _, model = self.take("--name", "a")
        first = model.sections["item_ids"].index(4)
        similar = [(model.sections["item_ids"][ix], score) for ix, score in model.similar(first)]
        self.assertEqual(similar, [(5, .75), (6, .25)])  # without itself, best first
        self.write(neighbours_dot_npy=npy([1, 2, 0, -1, -1, -1], (3, 2), "<i8"),
                   neighbour_scores_dot_npy=npy([.75, .25, .5, 0, 0, 0], (3, 2)),
                   item_ids_dot_txt="4\r\n5\r\n6\r\n")
        _, other = self.take("--name", "b")
        for row in range(len(model)):
            self.assertEqual(model.similar(row), other.similar(row))

    def test_what_spark_writes_is_read(self):
        self.write(itemFactors__part_1_dot_json='{"id":1,"features":[0.5,1]}\n',
                   itemFactors__part_2_dot_json='{"id":2,"features":[-0.5,1e-3]}\n',
                   itemFactors___SUCCESS="",
                   userFactors__part_1_dot_csv='id,features\n1,"[0.25,2.0]"\n2,"[1,1]"\n')
        said, model = self.take()
        self.assertEqual((said["items_matched"], said["users_matched"]), (2, 2))
        self.assertEqual(model.sections["user_factors"], (.25, 2, 1, 1))
        self.write(itemFactors__part_1_dot_parquet=b"PAR1" + bytes(20))
        self.assertIn("is a Parquet file, which is not read; write JSON", self.refused())

    def test_isbns_match_however_they_are_cut(self):
        (self.folder / "Books.csv").write_text(
            "ISBN,Book-Title,Book-Author,Year-Of-Publication,Publisher,Image-URL-M\n"
            "0195153448,One,A,1990,P,\n0002005018,Two,B,1990,P,\n", encoding="utf-8")
        (self.folder / "Ratings.csv").write_text("User-ID,ISBN,Book-Rating\n1,0195153448,5\n",
                                                 encoding="utf-8")
        (self.folder / "Users.csv").write_text("User-ID,Location,Age\n", encoding="utf-8")
        self.run_program("import", "book-crossing", self.folder)
        self.write(neighbours_dot_csv="0-19-515344-8,0002005018,0.5\n")
        said, model = self.take("--by", "isbn")
        self.assertEqual(said["items_matched"], 2)
        self.assertIn("is a book of the store; --by isbn", self.refused())
        self.assertEqual(sum(len(model.similar(i)) for i in range(len(model))), 1)


class Hostile(Case):
    def test_what_is_wrong_gets_one_sentence(self):
        ids = "1\n2\n"
        good = npy([1, 2, 3, 4], (2, 2))
        cases = [
            ({}, "has no item_factors"),
            ({"item_factors_dot_npy": good}, "there is no item_ids.txt"),
            ({"item_factors_dot_npy": good, "item_ids_dot_txt": "1\n"}, "has 1 ids for 2 rows"),
            ({"item_factors_dot_npy": good, "item_ids_dot_txt": "1\n1\n"}, "stands there twice"),
            ({"item_factors_dot_npy": good, "item_ids_dot_txt": "a\nb\n"}, "none of the 2 items"),
            ({"item_factors_dot_npy": good[:-3], "item_ids_dot_txt": ids}, "bytes of values"),
            ({"item_factors_dot_npy": good.replace(b"(2, 2)", b"(2, 9)"),
              "item_ids_dot_txt": ids}, "bytes of values"),
            ({"item_factors_dot_npy": npy([1, float("nan"), 1, 1], (2, 2)),
              "item_ids_dot_txt": ids}, "not a finite number"),
            ({"item_factors_dot_npy": npy([1, 2], (2,)), "item_ids_dot_txt": ids}, "no matrix"),
            ({"item_factors_dot_npy": good.replace(b"<f4", b"<c8"), "item_ids_dot_txt": ids},
             "of type <c8"),
            ({"item_factors_dot_npy": good, "item_ids_dot_npy": good}, "holds floats where"),
            ({"item_factors_dot_npy": good, "item_bias_dot_npy": npy([1], (1,)),
              "item_ids_dot_txt": ids}, "one value for each item"),
            ({"item_factors_dot_npy": good, "user_factors_dot_npy": npy([1], (1, 1)),
              "user_ids_dot_txt": "1\n", "item_ids_dot_txt": ids}, "users have 1 factors"),
            ({"similarity_dot_npz": b"PK\x05\x06" + bytes(10)}, "no zip file"),
            ({"similarity_dot_npz": npz(indptr=npy([0, 2, 1], (3,), "<i4"),
                                        indices=npy([0], (1,), "<i4"), data=npy([1], (1,)))},
             "indptr falls at row 1"),
            ({"similarity_dot_npz": npz(indptr=npy([0, 1, 9], (3,), "<i4"),
                                        indices=npy([0], (1,), "<i4"), data=npy([1], (1,)))},
             "does not lead through"),
            ({"similarity_dot_npz": npz(indptr=npy([0, 1], (2,), "<i4"),
                                        indices=npy([5], (1,), "<i4"), data=npy([1], (1,)))},
             "has column 5 of 1"),
            ({"similarity_dot_npz": npz(indptr=npy([0, 1], (2,), "<i4"),
                                        indices=npy([0], (1,), "<i4"))}, "there is no data"),
            ({"neighbours_dot_npy": npy([7], (1, 1), "<i4"),
              "neighbour_scores_dot_npy": npy([1], (1, 1))}, "names row 7 of 1"),
            ({"neighbours_dot_npy": npy([0], (1, 1), "<i4")}, "not of one shape"),
            ({"neighbours_dot_csv": "1,2,0.5\n1,3\n"}, "neighbours.csv:2: expected id,neighbour"),
            ({"neighbours_dot_csv": "1,2,inf\n1,3,nan\n"}, "neighbours.csv:2: expected"),
            ({"item_factors_dot_csv": "1,0.5\n2,0.5,1\n"}, "csv:2: not as many numbers"),
            ({"item_factors_dot_csv": "1,0.5\n2,x\n"}, "csv:2: expected an id and numbers"),
            ({"item_factors_dot_csv": "1,0.5\n2,1e99\n"}, "csv:2: a number is not finite"),
            ({"item_factors_dot_csv": b"1,0.5\n2,\0\n"}, "is no text"),
            ({"itemFactors__part_dot_json": '{"id":1,"features":[]}\n'}, "json:1: expected {"),
            ({"itemFactors__part_dot_json": '{"id":1,"features":[1\n'}, "json:1: expected {"),
            ({"item_factors_dot_npy": good, "item_ids_dot_txt": ids, "model_dot_json": "{"},
             "model.json"),
        ]
        for files, said in cases:
            self.write(**files)
            with self.subTest(said=said):
                self.assertIn(said, self.refused())
        self.assertEqual(list(self.models.glob("*.model")), [])

    def test_wrong_words_are_told(self):
        self.write()
        self.assertIn("is no folder and no .npz", self.refused(path="nowhere"))
        self.assertIn("--by is id or isbn", self.refused("--by", "title"))
        self.assertIn("is an algorithm of readalike", self.refused("--name", "ials"))
        self.assertIn("small letters", self.refused("--name", "../x"))
        self.assertIn("needs a PATH", self.run_program("models", "import", status=2).stderr)


class Shown(Case):
    def test_a_version_is_shown_with_its_records(self):
        (self.folder / "grid.conf").write_text(test_grid.GRID, encoding="utf-8")
        version = self.json("train", "--grid", "grid.conf")["models"][0]["version"]
        shown = self.json("models", "show")
        self.assertEqual(shown["training"]["version"], version)
        self.assertEqual(shown["evaluation"]["name"], shown["training"]["evaluation"])
        text = self.run_program("models", "show").stdout
        self.assertIn("peak memory", text)
        self.assertIn("recall ", text)
        listed = self.json("models", "list")["models"][0]
        self.assertEqual(listed["metric"], "recall")
        self.assertEqual(listed["mean"], shown["evaluation"]["metrics"]["recall"]["mean"])
        self.assertRegex(self.run_program("models").stdout, r"recall 0\.\d{4} +live")
        self.train("popularity")
        self.assertIsNone(self.json("models", "show")["evaluation"])


if __name__ == "__main__":
    test_grid.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
