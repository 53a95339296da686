"""What comes next: {"sequence": [...]} and GET /shelves/{id}/continue."""
import sqlite3

import pytest

from conftest import SHELVES


def titles(answer):
    return [book["title"] for book in answer["recommendations"]]


def ids_of(shared, *names):
    return [shared.ids[name] for name in names]


def test_the_last_of_a_sequence_decides(server, shared):
    dragons = ids_of(shared, "The Hobbit", "The Two Towers")
    crimes = ids_of(shared, "Gaudy Night", "The ABC Murders")
    for sequence, shelf in ((dragons + crimes, "Detectives"), (crimes + dragons, "Dragons")):
        answer = server.post("/recommend", {"sequence": sequence, "k": 3}).json()
        assert titles(answer)[0] in SHELVES[shelf]
        assert answer["unknown"] == []


def test_what_was_read_does_not_come_back(server, shared):
    sequence = ids_of(shared, *SHELVES["Dragons"][:5])
    answer = server.post("/recommend", {"sequence": sequence, "k": 24}).json()
    assert not {book["id"] for book in answer["recommendations"]} & set(sequence)


def test_unknown_books_are_passed_over_and_named(server, shared):
    known = ids_of(shared, "The Hobbit")
    mixed = server.post("/recommend", {"sequence": [901, *known, 900], "k": 3}).json()
    assert mixed["unknown"] == [901, 900]
    assert titles(mixed) == titles(server.post("/recommend", {"sequence": known, "k": 3}).json())
    nothing = server.post("/recommend", {"sequence": [900], "k": 3}).json()
    assert nothing["unknown"] == [900] and nothing["fallback"] == "popular"


def test_a_link_can_ask_it_too(server, shared):
    first, second = ids_of(shared, "The Hobbit", "Solaris")
    assert (server.get(f"/recommend?sequence={first},{second}&k=4").json()
            == server.post("/recommend", {"sequence": [first, second], "k": 4}).json())


@pytest.mark.parametrize("sequence, words", [
    ("x", "sequence"), ([1, "2"], "whole number"), ([1] * 10001, "10000"), ({}, "sequence")])
def test_a_bad_sequence_is_said(server, sequence, words):
    answer = server.post("/recommend", {"sequence": sequence})
    assert answer.status_code == 400 and words in answer.json()["error"]


def put_shelf(world, is_public, books):
    with sqlite3.connect(world.folder / "var" / "readalike.db") as store:
        store.execute("INSERT INTO shelves (user_id, name, is_public) VALUES (1, ?, ?)",
                      (f"shelf {is_public} {books}", is_public))
        shelf = store.execute("SELECT max(id) FROM shelves").fetchone()[0]
        store.executemany("INSERT INTO shelf_books VALUES (?, ?, ?)",
                          [(shelf, book, at) for at, book in enumerate(books)])
    return shelf


def test_a_public_shelf_is_continued(server, shared):
    books = ids_of(shared, "Gaudy Night", "The Two Towers", "The Hobbit")
    shelf = put_shelf(shared, 1, books)
    answer = server.get(f"/shelves/{shelf}/continue?k=4&explain=true").json()
    assert answer == server.post("/recommend",
                                 {"sequence": books, "k": 4, "explain": True}).json()


def test_other_shelves_are_nobodys_business(server, shared):
    shelf = put_shelf(shared, 0, ids_of(shared, "The Hobbit"))
    for path in (f"/shelves/{shelf}/continue", "/shelves/99999/continue", "/shelves/x/continue"):
        answer = server.get(path)
        assert answer.status_code == 404 and answer.json()["code"] == "unknown_shelf"


def test_an_empty_shelf_gets_what_is_popular(server, shared):
    answer = server.get(f"/shelves/{put_shelf(shared, 1, [])}/continue").json()
    assert len(answer["recommendations"]) == 5 and answer["fallback"] == "popular"


def test_a_shelf_takes_no_other_subject(server, shared):
    shelf = put_shelf(shared, 1, ids_of(shared, "Solaris"))
    answer = server.get(f"/shelves/{shelf}/continue?title=Dune")
    assert answer.status_code == 400 and "title" in answer.json()["error"]
