"""Attacks brought in by an import, through the real service and its own policy, to the page."""
import csv

import pytest
from books import HOSTILE
from conftest import WEB, Service_

BOOKS = "ISBN Book-Title Book-Author Year-Of-Publication Publisher Image-URL-S Image-URL-M Image-URL-L".split()


def write(path, head, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def catalogue(folder):
    """Book-Crossing's files: seven attacks as title, author, publisher and image, twelve readers who like them all."""
    folder.mkdir()
    isbns = [f"000000{i:04d}" for i in range(len(HOSTILE))]
    books = [
        [isbn, f"Evil {attack}", attack, "1999", attack, attack, f"javascript:{attack}", attack]
        for isbn, attack in zip(isbns, HOSTILE)
    ]
    readers = [str(i) for i in range(1, 13)]
    write(folder / "Books.csv", BOOKS, books)
    write(
        folder / "Users.csv", ["User-ID", "Location", "Age"], [[r, "here", "30"] for r in readers]
    )
    ratings = [
        [r, isbn, str(5 + (int(r) + i) % 6)] for r in readers for i, isbn in enumerate(isbns)
    ]
    write(folder / "Ratings.csv", ["User-ID", "ISBN", "Book-Rating"], ratings)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    server = Service_(tmp_path_factory.mktemp("hostile"), [f"web.dir={WEB}"])
    catalogue(server.folder / "data")
    server.run("import", "book-crossing", str(server.folder / "data"))
    server.run("train")
    yield server.start()
    server.stop()


def titles():
    return sorted(f"Evil {attack}" for attack in HOSTILE)


def test_attacks_are_text_on_every_page(page, hostile):
    page.open(hostile.url)
    page.settle()
    assert sorted(page.texts(".standing h3")) == titles()
    page.type("evil")
    page.one("[role=option]")
    assert sorted(page.texts("[role=option] .option-title")) == titles()
    page.all("[role=option]")[0].click()
    page.one(".cards .also")
    found = page.texts(".card h3")
    assert len(found) == len(HOSTILE) - 1 and set(found) < set(titles())
    page.one(".cards .also").click()  # reasons are given when two books were
    page.one(".because em")
    assert all(any(title in line for title in titles()) for line in page.texts(".because em"))
    found = page.texts(".card h3")
    page.one(".card h3 a").click()
    page.one(".portrait h1")
    page.settle()
    assert page.one(".portrait h1").text.split() == found[0].split()
    assert (
        page.js(
            "return document.querySelectorAll('main script, main svg, [onerror], [onload]').length"
        )
        == 0
    )


@pytest.mark.parametrize("attack", HOSTILE[:3])
def test_an_error_that_repeats_an_attack_is_text(page, hostile, attack):
    from urllib.parse import quote

    page.open(f"{hostile.url}/?q={quote('qqzzxx ' + attack)}")
    page.settle()
    assert (
        page.js("return document.querySelectorAll('main script, main svg, main img').length") == 0
    )
