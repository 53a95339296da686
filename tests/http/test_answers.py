"""What /recommend, /suggest, /books, /popular and /latest answer."""
import pytest
import requests

from conftest import AUTHORS, SHELVES, Server, run
from test_routes import assert_error

CARD = {"id", "isbn", "title", "author", "year", "image_url", "average_rating", "rating_count"}


def titles(books):
    return [book["title"] for book in books]


@pytest.mark.parametrize("field", ["title", "book_name"])
def test_a_known_title_is_answered_with_its_shelf(server, shared, field):
    answer = server.post("/recommend", {field: "The Hobbit"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["book"]["title"] == "The Hobbit" and body["book"]["id"] == shared.ids["The Hobbit"]
    picks = body["recommendations"]
    assert len(picks) == 5 and set(titles(picks)) < set(SHELVES["Dragons"]) - {"The Hobbit"}
    assert all(CARD <= set(book) for book in picks)
    assert body["model"]["version"] == shared.first and body["fallback"] is None
    assert [p["score"] for p in picks] == sorted((p["score"] for p in picks), reverse=True)


@pytest.mark.parametrize("said", ["the hobbit", "HOBBIT", " The  Hobbit! ", "hobbit"])
def test_case_articles_and_punctuation_do_not_matter(server, said):
    assert server.post("/recommend", {"title": said}).json()["book"]["title"] == "The Hobbit"


@pytest.mark.parametrize("title", ["Étranger à la mer", "Мы", "三体", "etranger a la mer",
                                   "Die unendliche Geschichte"])
def test_titles_of_any_script_are_found(server, title):
    body = server.post("/recommend", {"title": title}).json()
    assert body["book"]["title"] in SHELVES["Distances"], body
    got = server.get("/recommend", params={"title": title}).json()
    assert got == body


def test_get_and_post_say_the_same(server):
    filtered = {"author": "wyvern", "year_from": 1903, "year_to": 1906, "language": "en"}
    post = server.post("/recommend", {"title": "The Hobbit", "k": 3, "explain": True,
                                      "filter": filtered, "exclude": [3]}).json()
    got = server.get("/recommend", params={"title": "The Hobbit", "k": 3, "explain": "true",
                                           "exclude": "3", **filtered}).json()
    assert got == post and post["recommendations"]


def test_a_misspelt_title_is_answered_with_suggestions(server):
    body = server.post("/recommend", {"book_name": "the hobit"}).json()
    assert set(body) == {"suggestions"} and 1 <= len(body["suggestions"]) <= 7
    first = body["suggestions"][0]
    assert first["title"] == "The Hobbit" and CARD <= set(first)


def test_a_title_that_nothing_comes_near_is_404(server):
    answer = server.post("/recommend", {"book_name": "qqqq zzzz xxxx"})
    assert_error(answer, 404, "unknown_title", "qqqq")


def test_the_page_of_another_site_works_unchanged(shared):
    # It POSTs {"book_name"} and reads recommendations | suggestions | error.
    site = shared.serve("http.cors=https://books.example")
    for name, key in (("The Two Towers", "recommendations"), ("two towrs", "suggestions"),
                      ("qqqq zzzz xxxx", "error")):
        answer = site.post("/recommend", {"book_name": name},
                           headers={"Origin": "https://books.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "https://books.example"
        body = answer.json()
        assert key in body
        for book in body.get("recommendations", body.get("suggestions", [])):
            assert {"title", "author", "image_url", "average_rating", "rating_count"} <= set(book)


def test_several_titles_are_answered_together(server):
    body = server.post("/recommend", {"titles": ["The Hobbit", "Solaris"], "k": 10}).json()
    assert titles(body["books"]) == ["The Hobbit", "Solaris"]
    found = set(titles(body["recommendations"]))
    assert found & set(SHELVES["Dragons"]) and found & set(SHELVES["Distances"])
    assert not found & {"The Hobbit", "Solaris"}
    unclear = server.post("/recommend", {"titles": ["The Hobbit", "solarus"]}).json()
    assert titles(unclear["suggestions"])[0] == "Solaris"


def test_books_with_ratings_are_answered(server, shared):
    ids = shared.ids
    body = server.post("/recommend", {"books": [{"id": ids["Solaris"], "rating": 5},
                                                {"id": ids["Kindred"]}, {"id": 99999}],
                                      "explain": True}).json()
    assert titles(body["books"]) == ["Solaris", "Kindred"]
    for pick in body["recommendations"]:
        assert pick["title"] not in ("Solaris", "Kindred") and len(pick["because"]) >= 1
        assert {because["id"] for because in pick["because"]} <= {ids["Solaris"], ids["Kindred"]}
    assert_error(server.post("/recommend", {"books": [{"id": 99999}]}), 404, words="99999")
    assert server.get(f"/recommend?books={ids['Solaris']},{ids['Kindred']}").status_code == 200


def test_a_known_reader_is_answered_and_gets_nothing_read(server, shared):
    body = server.post("/recommend", {"user": "goodbooks:1", "k": 20}).json()
    read = set(SHELVES["Dragons"][1:])  # reader 1 left the first out
    assert titles(body["recommendations"])[0] == "The Hobbit"
    assert not set(titles(body["recommendations"])) & read
    again = server.post("/recommend", {"user": "goodbooks:1", "k": 20}).json()
    assert again == body
    assert_error(server.post("/recommend", {"user": "nobody"}), 404, "unknown_user", "nobody")


def test_a_reader_of_more_books_than_count_gets_none_of_them_back(tmp_path):
    n_books, n_read = 1200, 1150
    with open(tmp_path / "books.csv", "w", encoding="utf-8") as file:
        file.write("book_id,title,authors\n")
        file.writelines(f"{n},Book number {n},Writer {n}\n" for n in range(1, n_books + 1))
    with open(tmp_path / "ratings.csv", "w", encoding="utf-8") as file:
        file.write("user_id,book_id,rating\n")
        file.writelines(f"1,{n},4\n" for n in range(1, n_read + 1))
        file.writelines(f"2,{n},4\n" for n in range(n_read + 1, n_books + 1))
    for args in (("import", "goodbooks", tmp_path, "--quiet"), ("train", "--quiet")):
        run(*args, cwd=tmp_path)
    server = Server(tmp_path)
    try:
        body = server.post("/recommend", {"user": "goodbooks:1", "k": 100}).json()
    finally:
        assert server.stop() == 0
    found = {int(title.split()[-1]) for title in titles(body["recommendations"])}
    assert found == set(range(n_read + 1, n_books + 1)) and body["exhausted"]


def test_a_reader_s_answer_comes_from_the_cache_the_second_time(server):
    ask = {"user": "goodbooks:2", "k": 7}
    first = server.post("/recommend", ask).json()
    hits = server.metric("cache_hits_total")
    assert server.post("/recommend", ask).json() == first
    assert server.metric("cache_hits_total") == hits + 1
    # Another question of the same reader is another key.
    assert len(server.post("/recommend", {**ask, "k": 6}).json()["recommendations"]) == 6


def test_what_is_excluded_never_comes_back(server, shared):
    out = [shared.ids[title] for title in SHELVES["Dragons"][1:4]]
    body = server.post("/recommend", {"title": "The Hobbit", "k": 100, "exclude": out}).json()
    found = [book["id"] for book in body["recommendations"]]
    assert not set(found) & set(out) and len(found) == len(set(found))
    assert shared.ids["The Hobbit"] not in found and body["exhausted"] is True
    kept = server.post("/recommend", {"title": "The Hobbit", "k": 100,
                                      "include_read": True}).json()
    assert isinstance(kept["recommendations"], list)


def test_filters_hold_for_every_book(server):
    body = server.post("/recommend", {"title": "The Hobbit", "k": 50, "filter": {
        "author": "o'clew", "year_from": 1910}}).json()
    assert body["recommendations"]
    for book in body["recommendations"]:
        assert book["author"] == AUTHORS["Detectives"] and book["year"] >= 1910
        assert book["source"] == "popular"
    assert body["fallback"] is not None


WRONG = [
    ({}, "say what to go by"),
    ({"title": 5}, "title"),
    ({"title": ""}, "title"),
    ({"title": "  "}, "title"),
    ({"titles": []}, "titles"),
    ({"titles": [1]}, "titles"),
    ({"titles": ["x"] * 51}, "50"),
    ({"books": []}, "books"),
    ({"books": {"id": 1}}, "books"),
    ({"books": [{"id": "1"}]}, "id"),
    ({"books": [{"id": 1, "rating": "5"}]}, "rating"),
    ({"books": [{"id": 1, "ratng": 5}]}, "did you mean \"rating\""),
    ({"user": ""}, "user"),
    ({"user": ["x"]}, "user"),
    ({"title": "x", "user": "y"}, "not both"),
    ({"title": "x", "k": 0}, "\"k\" must be a whole number from 1 to 100"),
    ({"title": "x", "k": 101}, "from 1 to 100"),
    ({"title": "x", "k": -1}, "from 1 to 100"),
    ({"title": "x", "k": 1.5}, "from 1 to 100"),
    ({"title": "x", "k": "5"}, "from 1 to 100"),
    ({"title": "x", "explain": 1}, "true or false"),
    ({"title": "x", "include_read": "yes"}, "true or false"),
    ({"title": "x", "exclude": 5}, "exclude"),
    ({"title": "x", "exclude": ["5"]}, "exclude"),
    ({"title": "x", "filter": []}, "filter"),
    ({"title": "x", "filter": {"auther": "y"}}, "did you mean \"author\""),
    ({"title": "x", "filter": {"year_from": "1900"}}, "year_from"),
    ({"title": "x", "filter": {"year_from": 2000, "year_to": 1900}}, "after"),
    ({"title": "x", "diversity": 1.5}, "diversity"),
    ({"title": "x", "diversity": -0.1}, "diversity"),
    ({"title": "x", "diversity": "much"}, "diversity"),
    ({"title": "x", "per_author": 0}, "per_author"),
    ({"title": "x", "per_series": -1}, "per_series"),
    ({"title": "x", "rotation": 1.5}, "rotation"),
    ({"titel": "x"}, "unknown field \"titel\"; did you mean \"title\"?"),
    ({"title": "x", "limit": 5}, "unknown field \"limit\""),
    ([], "must be a JSON object"),
    ("x", "not valid JSON"),
]


@pytest.mark.parametrize("body,words", WRONG)
def test_what_is_wrong_in_a_body_is_named(server, body, words):
    assert_error(server.post("/recommend", body), 400, "invalid", words)


@pytest.mark.parametrize("data", [b"", b"{", b'{"title":"x"} y', b"\xff\xfe", b'{"title":"\xff"}',
                                  b'{"title":"a","title":"b"}', b'{"title":"\\u0000"}',
                                  b'{"title":"\\ud800"}', b"[" * 2000 + b"]" * 2000, b"nul",
                                  b'{"title":NaN}'])
def test_a_body_that_is_no_json_is_400(server, data):
    answer = requests.post(server.url + "/recommend", data=data, timeout=10)
    assert_error(answer, 400, "invalid")


@pytest.mark.parametrize("query,words", [
    ("titel=x", "did you mean \"title\""), ("title=x&k=0", "from 1 to 100"),
    ("title=x&k=five", "whole number"), ("title=x&explain=maybe", "true or false"),
    ("title=x&title=y", "twice"), ("title=x&exclude=1,,2", "commas"),
    ("title=x&year_from=old", "whole number"), ("", "say what to go by"),
    ("title=%FF", "UTF-8"), ("title=%00", "escape"),
    ("&".join(f"a{i}=1" for i in range(40)), "parameters")])
def test_what_is_wrong_in_a_query_is_named(server, query, words):
    assert_error(server.get("/recommend?" + query), 400, "invalid", words)


def test_a_post_takes_no_query(server):
    assert_error(server.post("/recommend?k=3", {"title": "x"}), 400, words="body")


def test_k_at_its_bounds_is_kept_to(server):
    assert len(server.post("/recommend", {"title": "The Hobbit", "k": 1}).json()["recommendations"]) == 1
    many = server.post("/recommend", {"title": "The Hobbit", "k": 100}).json()
    assert len(many["recommendations"]) == 23 and many["exhausted"] is True


def test_suggest_finds_what_is_being_typed(server):
    body = server.get("/suggest?q=hobb").json()
    assert titles(body["suggestions"])[0] == "The Hobbit"
    start, length = body["suggestions"][0]["match"][0]
    assert "The Hobbit".encode()[start:start + length] == b"Hobb"
    assert titles(server.get("/suggest?q=huond of teh baskerv").json()["suggestions"])[0] == (
        "The Hound of the Baskervilles")
    assert server.post("/suggest", {"q": "hobb"}).json() == body


def test_suggest_keeps_to_n_and_filter(server):
    assert len(server.get("/suggest?q=the&n=2").json()["suggestions"]) == 2
    found = server.get("/suggest?q=the&n=50&author=o'clew").json()["suggestions"]
    assert found and all(book["author"] == AUTHORS["Detectives"] for book in found)
    assert server.get("/suggest?q=zzzzqqqq").json() == {"suggestions": []}
    assert server.get("/suggest?q=").json() == {"suggestions": []}


@pytest.mark.parametrize("query,words", [("", "\"q\""), ("q=a&n=0", "1 to 50"), ("q=a&n=51", "1 to 50"),
                                         ("q=a&m=5", "unknown parameter"), ("query=a", "unknown")])
def test_what_is_wrong_in_a_suggest_is_named(server, query, words):
    assert_error(server.get("/suggest?" + query), 400, "invalid", words)


def test_long_and_odd_queries_do_no_harm(server):
    for odd in ("x" * 4000, "\u202e" * 50, "' OR 1=1 --", "\U0001f4da" * 100, "a " * 500,
                "%" * 3, "\\", "\"", "\t\n"):
        assert server.get("/suggest", params={"q": odd}).status_code == 200
        assert server.post("/suggest", {"q": odd}).status_code == 200
        assert server.post("/recommend", {"title": odd or "x"}).status_code in (200, 400, 404)


def test_markup_in_a_title_comes_back_as_it_is(server, shared):
    title = SHELVES["Dragons"][7]
    assert server.get(f"/books/{shared.ids[title]}").json()["title"] == title
    assert title in titles(server.get("/suggest?q=wyrm").json()["suggestions"])


def test_a_book_is_found_by_id(server, shared):
    body = server.get(f"/books/{shared.ids['Solaris']}").json()
    assert body["title"] == "Solaris" and CARD <= set(body)
    for wrong in ("0", "-1", "abc", "99999", "1e3", "9" * 30, "1%20"):
        assert_error(server.get(f"/books/{wrong}"), 404, "unknown_book")
    assert_error(server.get("/books/1?x=1"), 400)


def test_similar_books_are_of_the_shelf(server, shared):
    body = server.get(f"/books/{shared.ids['Gaudy Night']}/similar?k=4").json()
    assert len(body["similar"]) == 4 and set(titles(body["similar"])) < set(SHELVES["Detectives"])
    assert_error(server.get("/books/99999/similar"), 404, "unknown_book")
    assert_error(server.get("/books/1/similar?n=4"), 400)


def test_the_catalogue_can_be_searched_sorted_and_paged(server):
    all_books = server.get("/books?limit=100").json()
    assert len(all_books["books"]) == 24 and all_books["limit"] == 100
    ids = [book["id"] for book in all_books["books"]]
    assert ids == sorted(ids)
    page = server.get("/books?limit=5&offset=10").json()["books"]
    assert [book["id"] for book in page] == ids[10:15]
    named = titles(server.get("/books?sort=title&limit=100").json()["books"])
    assert len(named) == 24 and set(named) == set(sum(SHELVES.values(), []))
    assert titles(server.get("/books?q=MURDER").json()["books"]) == [
        "Murder on the Orient Express", "The ABC Murders"]
    years = server.get("/books?year_from=1905&year_to=1907").json()["books"]
    assert [book["year"] for book in years] == [1905, 1906, 1907]
    assert len(server.get("/books?author=wyvern&limit=100").json()["books"]) == 8
    assert server.get("/books?q=100%25").json()["books"] == []
    for wrong in ("limit=0", "limit=101", "offset=-1", "offset=10001", "sort=year", "autor=x"):
        assert_error(server.get("/books?" + wrong), 400, "invalid")


def test_the_catalogue_comes_from_the_cache_the_second_time(server):
    first = server.get("/books?q=the&limit=9").json()
    hits = server.metric("cache_hits_total")
    assert server.get("/books?q=the&limit=9").json() == first
    assert server.metric("cache_hits_total") == hits + 1


def test_popular_and_latest_are_lists_of_books(server):
    popular = server.get("/popular?k=3").json()
    assert len(popular["books"]) == 3
    assert len(server.get("/popular?k=100&language=fr").json()["books"]) == 8
    latest = server.get("/latest?limit=4").json()["books"]
    assert len(latest) == 4
    assert_error(server.get("/popular?n=3"), 400, words="unknown parameter")


def test_an_answer_of_the_same_model_is_304_for_who_has_it(server):
    for path in ("/recommend?title=The+Hobbit", "/suggest?q=hob", "/popular", "/books/1",
                 "/books/1/similar"):
        tag = server.get(path).headers["ETag"]
        again = server.get(path, headers={"If-None-Match": tag})
        assert again.status_code == 304 and again.content == b"", path
        assert again.headers["ETag"] == tag
    personal = server.get("/recommend?user=goodbooks:1")
    assert personal.headers["Cache-Control"] == "no-store" and "ETag" not in personal.headers


LONG = [("/recommend", {"title": "The Hobbit", "k": 3}), ("/recommend", {"books": "3,9"}),
        ("/suggest", {"q": "the hob", "language": "en"}), ("/popular", {"author": "wyvern"}),
        ("/books/1/similar", {"k": 4}), ("/recommend", {"title": "no such thing at all"}),
        ("/popular", {"k": 0})]


def test_workers_answer_what_takes_long_as_the_polling_threads_do(server, shared):
    slow = shared.serve("http.inline_us=0")
    try:
        for path, params in LONG:
            quick, late = server.get(path, params=params), slow.get(path, params=params)
            assert (late.status_code, late.headers.get("ETag")) == (
                quick.status_code, quick.headers.get("ETag")), path
            if late.status_code == 200:
                assert late.content == quick.content
        asked = {"titles": ["Solaris", "Dawn"], "explain": True}
        assert slow.post("/recommend", asked).content == server.post("/recommend", asked).content
    finally:
        slow.stop()
