#!/usr/bin/env python3
"""libreadalike: the example program, and the library as a program in another language sees it.

    test_lib.py PROGRAM EXAMPLE LIBRARY [unittest options]
"""
import ctypes
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

PROGRAM = EXAMPLE = LIBRARY = None
UNRATED = -1.0


class Book(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int64), ("title", ctypes.c_char_p), ("card", ctypes.c_void_p),
                ("card_n", ctypes.c_size_t), ("rating_count", ctypes.c_uint32),
                ("rating_mean", ctypes.c_float), ("score", ctypes.c_float),
                ("popular", ctypes.c_int)]


class Liked(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int64), ("rating", ctypes.c_float)]


class Ask(ctypes.Structure):
    _fields_ = [("liked", ctypes.POINTER(Liked)), ("n_liked", ctypes.c_size_t),
                ("exclude", ctypes.POINTER(ctypes.c_int64)), ("n_exclude", ctypes.c_size_t),
                ("author", ctypes.c_char_p), ("language", ctypes.c_char_p),
                ("year_from", ctypes.c_int), ("year_to", ctypes.c_int)]


def load():
    lib = ctypes.CDLL(LIBRARY)
    for name in ("readalike_open", "readalike_share"):
        getattr(lib, name).restype = ctypes.c_void_p
    for name in ("readalike_error", "readalike_version"):
        getattr(lib, name).restype = ctypes.c_char_p
    lib.readalike_count.restype = ctypes.c_size_t
    lib.readalike_open.argtypes = [ctypes.c_char_p]
    for name in ("share", "close", "ok", "error", "version", "count"):
        getattr(lib, "readalike_" + name).argtypes = [ctypes.c_void_p]
    lib.readalike_find.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(Book)]
    lib.readalike_get.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.POINTER(Book)]
    lib.readalike_suggest.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(Book),
                                      ctypes.c_size_t]
    lib.readalike_recommend.argtypes = [ctypes.c_void_p, ctypes.POINTER(Ask),
                                        ctypes.POINTER(Book), ctypes.c_size_t]
    return lib


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.holder.name)
        cls.program("demo", "--quiet")
        trained = json.loads(cls.program("train", "--json").stdout)
        cls.model = str(cls.folder / trained["models"][0]["path"])
        cls.version = trained["models"][0]["version"]
        cls.lib = None if os.environ.get("READALIKE_SANITIZED") else load()

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    @classmethod
    def program(cls, *arguments):
        return subprocess.run(
            [PROGRAM, *arguments, "--store", "sqlite:store.db", "--set", "models.dir=models"],
            cwd=cls.folder, capture_output=True, text=True, check=True)

    def example(self, *arguments, status=0):
        done = subprocess.run([EXAMPLE, *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def open(self, path=None):
        if not self.lib:
            self.skipTest("a sanitized library cannot be loaded by an interpreter that is not")
        handle = self.lib.readalike_open((path or self.model).encode())
        self.addCleanup(self.lib.readalike_close, handle)
        return handle

    def find(self, handle, title):
        book = Book()
        return book if self.lib.readalike_find(handle, title.encode(), book) else None

    def recommend(self, handle, liked, n=5, exclude=(), **ask):
        likes = (Liked * len(liked))(*liked)
        banned = (ctypes.c_int64 * len(exclude))(*exclude)
        found = (Book * n)()
        question = Ask(likes, len(liked), banned, len(exclude), **ask)
        got = self.lib.readalike_recommend(handle, question, found, n)
        self.assertGreaterEqual(got, 0, self.lib.readalike_error(handle))
        return list(found[:got])

    def service(self, title, n=5):
        reply = json.loads(self.program("recommend", "--title", title, "--k", str(n),
                                        "--json").stdout)
        return [book["id"] for book in reply["recommendations"]]

    def test_the_example_recommends_and_suggests(self):
        after = self.example(self.model, "the hobbit").stdout.splitlines()
        self.assertTrue(after[0].startswith("After The Hobbit"), after)
        self.assertEqual(len(after), 6)
        near = self.example(self.model, "teh hobit", status=1).stdout
        self.assertIn("Did you mean", near)
        self.assertIn("The Hobbit", near)

    def test_the_example_says_what_is_wrong_with_a_file(self):
        self.assertIn("no-such-file", self.example("no-such-file", "x", status=1).stderr)

    def test_the_answer_is_the_one_of_the_service(self):
        handle = self.open()
        book = self.find(handle, "the hobbit")
        self.assertEqual([b.id for b in self.recommend(handle, [(book.id, UNRATED)])],
                         self.service("The Hobbit"))

    def test_what_is_liked_excluded_or_filtered_stays_out(self):
        handle = self.open()
        book = self.find(handle, "the hobbit")
        first = self.recommend(handle, [(book.id, 5)])[0].id
        again = [b.id for b in self.recommend(handle, [(book.id, 5)], n=50, exclude=[first, -7])]
        self.assertNotIn(first, again)
        self.assertNotIn(book.id, again)
        for found in self.recommend(handle, [(book.id, 5)], n=20, author=b"pratchett"):
            card = json.loads(ctypes.string_at(found.card, found.card_n) + b"}")
            self.assertIn("Pratchett", card["author"])

    def test_cards_are_json(self):
        handle = self.open()
        book = self.find(handle, "the hobbit")
        card = json.loads(ctypes.string_at(book.card, book.card_n) + b"}")
        self.assertEqual(card["id"], book.id)
        same = Book()
        self.assertEqual(self.lib.readalike_get(handle, book.id, same), 1)
        self.assertEqual(same.title, book.title)
        self.assertEqual(self.lib.readalike_get(handle, -1, same), 0)

    def test_unknown_books_are_passed_over_and_nobody_gets_what_is_popular(self):
        handle = self.open()
        picks = self.recommend(handle, [(-5, UNRATED)])
        self.assertEqual(len(picks), 5)
        self.assertTrue(all(book.popular for book in picks))

    def test_a_damaged_model_is_said_and_every_call_fails(self):
        bad = self.folder / "bad.model"
        bad.write_bytes(b"not a model" * 100)
        handle = self.open(str(bad))
        self.assertEqual(self.lib.readalike_ok(handle), 0)
        self.assertIn(b"bad.model", self.lib.readalike_error(handle))
        self.assertEqual(self.lib.readalike_count(handle), 0)
        book = Book()
        self.assertEqual(self.lib.readalike_find(handle, b"x", book), 0)
        self.assertEqual(self.lib.readalike_suggest(handle, b"x", book, 1), -1)
        self.assertEqual(self.lib.readalike_recommend(handle, Ask(), book, 1), -1)
        self.assertIn(b"bad.model", self.lib.readalike_error(handle))

    def test_asking_for_none_is_an_error_that_is_said(self):
        handle = self.open()
        self.assertEqual(self.lib.readalike_recommend(handle, Ask(), (Book * 1)(), 0), -1)
        self.assertNotEqual(self.lib.readalike_error(handle), b"")

    def test_threads_share_a_model(self):
        handle = self.open()
        book = self.find(handle, "the hobbit")
        expected = [b.id for b in self.recommend(handle, [(book.id, UNRATED)])]
        wrong = []

        def ask():
            own = self.lib.readalike_share(handle)
            for _ in range(200):
                got = [b.id for b in self.recommend(own, [(book.id, UNRATED)])]
                if got != expected:
                    wrong.append(got)
            self.lib.readalike_close(own)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertEqual(self.lib.readalike_version(handle).decode(), self.version)
        self.assertFalse(math.isinf(book.rating_mean))

    def test_only_the_interface_can_be_seen(self):
        listing = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], capture_output=True,
                                 text=True, check=True).stdout
        names = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
        ours = {name for name in names if name.startswith("readalike_")}
        self.assertEqual(len(ours), 11)
        self.assertEqual({name for name in names - ours if name.startswith("ra_")}, set())


if __name__ == "__main__":
    PROGRAM, EXAMPLE, LIBRARY = (str(pathlib.Path(sys.argv.pop(1)).resolve()) for _ in range(3))
    unittest.main()
