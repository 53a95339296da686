"""What a healthy service never does, and data that is an attack: the page stays calm."""
import re
import time

import checks
import pytest
from books import HOSTILE
from selenium.webdriver.common.keys import Keys

INTERNAL = {"error": "The answer could not be made.", "code": "internal", "request_id": "r-42"}


def hostile_titles():
    return [f"Evil {attack}" for attack in HOSTILE]


def test_the_watch_sees_what_must_not_happen(page, stub):
    """The other tests trust it to."""
    page.open(stub.url)
    page.settle()
    page.js(
        "document.body.setAttribute('style', 'color: red');"
        "const s = document.createElement('script'); s.textContent = 'window.attacked = true'; document.body.append(s);"
        "setTimeout(() => { throw new Error('broken'); })"
    )
    page.until(lambda: page.js("return window.violations.length") == 2, "violations unseen")
    page.until(lambda: page.js("return window.failures.length") == 1, "the error is unseen")
    page.collect()
    assert any("style-src" in wrong for wrong in page.wrongs)
    assert any("script-src" in wrong for wrong in page.wrongs)
    assert "an attack ran" not in page.wrongs, "the policy stops inline scripts"
    page.wrongs.clear()


def test_every_module_is_fetched_at_once(page, stub):
    """A module that is missing among the preloads waits for the one that imports it."""
    page.open(stub.url)
    page.settle()
    modules = {path for _, path, _ in stub.asked if path.endswith(".js")}
    preloads = "return [...document.querySelectorAll('link[rel=modulepreload]')].map((l) => l.getAttribute('href'))"
    assert {*page.js(preloads), "/assets/main.js"} == modules


def test_hostile_titles_are_text_in_the_suggestions(page, stub):
    page.open(stub.url)
    page.settle()
    page.type("evil")
    page.one("[role=option]")
    assert page.texts("[role=option] .option-title") == hostile_titles()
    assert (
        page.js("return document.querySelectorAll('#suggestions img, #suggestions script').length")
        == 0
    )


def test_hostile_titles_are_text_in_results_and_on_the_book_page(page, stub):
    stub.books = [b for b in stub.books if b["id"] >= 900]
    page.open(stub.url)
    page.settle()
    assert sorted(page.texts(".standing h3")) == sorted(hostile_titles())
    page.one(".standing h3 a").click()
    page.one(".portrait h1")
    page.settle()
    assert page.texts(".portrait h1") == [hostile_titles()[0]]
    assert HOSTILE[0] in page.texts(".facts dd")
    page.one(".portrait .button").click()
    page.one(".cards .also")
    page.one(".cards .also").click()  # reasons are given when two books were
    page.one(".because em")
    assert page.texts(".because em")[0].startswith(hostile_titles()[0] + " and ")
    assert (
        page.js(
            "return document.querySelectorAll('main script, main svg, [onerror], [onload]').length"
        )
        == 0
    )
    assert page.js("return document.querySelectorAll('main img').length") == 0, "not a web address"


@pytest.mark.parametrize("attack", HOSTILE)
def test_an_attack_in_the_address_is_text(page, stub, attack):
    from urllib.parse import quote

    stub.faults["/recommend"] = (
        "status",
        404,
        {"error": f"There is nothing like {attack} here.", "code": "x"},
    )
    page.open(f"{stub.url}/?q={quote(attack)}")
    assert page.one("[role=alert] p").text == f"There is nothing like {attack} here."
    assert page.one(".chip-text").text == attack
    assert attack in page.js("return document.title")


def test_a_server_error_is_a_sentence_and_a_retry(page, stub):
    stub.faults["/recommend"] = ("status", 500, INTERNAL)
    page.open(f"{stub.url}/?q=The+Hobbit")
    assert page.one("[role=alert] p").text == INTERNAL["error"]
    assert "r-42" in page.one(".request-id").text
    stub.faults.clear()
    page.one(".retry").click()
    page.one(".cards .also")
    assert not page.all("[role=alert]")


def test_an_error_that_is_no_json_is_a_sentence_too(page, stub):
    stub.faults["/popular"] = ("status", 502, b"<html><h1>Bad Gateway</h1>")
    page.open(stub.url)
    assert page.one("[role=alert] p").text.startswith("Something went wrong on the server")
    assert page.one(".retry").is_displayed()


def test_an_overloaded_server_is_said_to_be_busy(page, stub):
    stub.faults["/popular"] = ("status", 503, b"")
    page.open(stub.url)
    assert "busy" in page.one("[role=alert] p").text


def test_what_asking_again_cannot_help_has_no_retry(page, stub):
    page.open(f"{stub.url}/book/123456")
    assert page.one("[role=alert] p").text == "There is no book 123456."
    page.settle()
    assert not page.all(".retry")


def test_a_connection_that_breaks_off_is_a_sentence_and_a_retry(page, stub):
    page.open(stub.url)
    page.settle()
    stub.faults["/recommend"] = ("drop",)
    page.type("Emma" + Keys.ENTER)
    assert page.one("[role=alert] p").text == "The server could not be reached. Please try again."
    stub.faults.clear()
    page.one(".retry").click()
    page.one(".cards .also")


def test_being_offline_is_said(page, stub):
    page.open(stub.url)
    page.settle()
    page.offline(True)
    page.type("Emma" + Keys.ENTER)
    assert "offline" in page.one("[role=alert] p").text
    page.offline(False)
    page.one(".retry").click()
    page.one(".cards .also")


def test_a_server_that_hangs_is_given_up_on(page, stub):
    stub.faults["/popular"] = ("hang",)
    page.open(stub.url)
    assert "took too long" in page.one("[role=alert] p", within_s=20).text
    stub.faults.clear()
    page.one(".retry").click()
    page.one(".standing h3")


def test_suggestions_that_fail_say_so_and_enter_still_works(page, stub):
    stub.faults["/suggest"] = ("status", 500, INTERNAL)
    page.open(stub.url)
    page.settle()
    page.type("Emma")
    page.until(lambda: INTERNAL["error"] in page.one("#search-hint").text, "no hint")
    page.type(Keys.ENTER)
    page.one(".cards .also")
    assert page.one("#search-hint").text == ""


def test_a_stale_suggestion_is_never_shown(page, stub):
    page.open(stub.url)
    page.settle()
    page.js(
        "window.shown = []; new MutationObserver(() => window.shown.push(...["
        "...document.querySelectorAll('.option-title')].map((e) => e.textContent)))"
        ".observe(document.getElementById('suggestions'), {childList: true})"
    )
    stub.faults["/suggest?q=d&"] = ("delay", 0.8)
    page.type("d")
    page.until(lambda: any("/suggest?q=d&" in path for _, path, _ in stub.asked), "was not asked")
    page.type("une")
    page.one("[role=option]")
    time.sleep(1)  # the late answer is out by now
    assert set(page.js("return window.shown")) == {"Dune", "Dune Messiah"}


def test_a_stale_page_is_never_shown(page, stub):
    page.open(stub.url)
    page.settle()
    stub.faults["/recommend"] = ("delay", 0.8)
    page.type("Emma" + Keys.ENTER)
    page.until(lambda: any(path == "/recommend" for _, path, _ in stub.asked), "was not asked")
    page.driver.back()
    page.one(".standing h3")
    time.sleep(1)
    assert not page.all(".cards") and page.path == "/"
    stub.faults["/books/2"] = ("delay", 0.8)
    page.all(".standing h3 a")[1].click()
    page.until(lambda: any(path == "/books/2" for _, path, _ in stub.asked), "was not asked")
    page.driver.back()
    page.one(".standing h3")
    time.sleep(1)
    assert page.driver.title == "readalike" and not page.all(".portrait")


def test_covers_are_drawn_where_an_image_is_missing_broken_or_a_placeholder(page, stub):
    images = [
        "/covers/good.png",
        "/covers/missing.png",
        "/covers/tiny.png",
        None,
        "",
        "notaurl://",
        "//",
    ]
    for book, image in zip(stub.books, images):
        book["image_url"] = stub.url + image if image and image.startswith("/covers") else image
    page.open(stub.url)
    page.settle()
    page.until(
        lambda: page.js("return document.querySelectorAll('.has-photo').length") == 1, "no photo"
    )
    page.until(
        lambda: page.js("return document.querySelectorAll('main img').length") == 1, "images stayed"
    )
    first = page.all(".standing .cover")[0]
    assert "has-photo" in first.get_attribute("class")
    attributes = page.js(
        "const i = document.querySelector('main img');"
        "return [i.loading, i.width > 0, i.height > 0, i.referrerPolicy, i.alt]"
    )
    assert attributes == ["lazy", True, True, "no-referrer", ""]
    assert page.texts(".standing:nth-child(3) .drawn-title") == ["The Two Towers"]
    looks = "return [...document.querySelectorAll('.drawn')].map((e) => e.className)"
    before = page.js(looks)
    page.driver.refresh()
    page.one(".standing h3")
    assert page.js(looks) == before, "the same book looks the same on every visit"
    assert len(set(before)) > 15


def test_highlights_are_counted_in_bytes_and_shown_in_characters(page, stub):
    page.open(stub.url)
    page.settle()
    for typed, title, marks in [
        ("misé", "Les Misérables", ["Misé"]),
        ("soledad", "Cien años de soledad", ["soledad"]),
        ("ивана", "Смерть Ивана Ильича", ["Ивана"]),
        ("国", "雪国", ["国"]),
    ]:
        page.one("#q").clear()
        page.js("document.getElementById('q').value = ''")
        page.type(typed)
        page.until(
            lambda: page.texts("[role=option] .option-title") == [title], f"{typed}: no {title}"
        )
        assert page.texts("[role=option] mark") == marks


def test_byte_ranges_become_utf16_ranges(page, stub):
    page.open(stub.url)
    page.settle()
    cases = [
        ("Björk", [[0, 4]], [[0, 3]]),
        ("📚 book", [[0, 4], [5, 4]], [[0, 2], [3, 7]]),
        ("📚", [[1, 2]], []),
        ("abc", [[1, 99]], [[1, 3]]),
        ("abc", [[9, 2], [-3, 4]], [[0, 1]]),
        ("abc", [[0, 2], [1, 2]], [[0, 2], [2, 3]]),
        ("", [[0, 1]], []),
    ]
    script = "const [text, ranges, done] = arguments; import('/assets/text.js').then((m) => done(m.rangesInUtf16(text, ranges)))"
    for text, ranges, expected in cases:
        assert page.driver.execute_async_script(script, text, ranges) == expected, (text, ranges)


def test_the_nouns_of_the_site_are_on_the_page(page, stub):
    stub.faults["/site.json"] = (
        "status",
        200,
        {"item": "album", "creator": "artist", "reader": "listener"},
    )
    page.open(stub.url)
    page.settle()
    assert page.one("#search-label").text == "An album you liked"
    assert page.one("#q").get_attribute("placeholder") == "Title or artist"
    assert page.one("#popular").text == "Popular albums"
    page.open(f"{stub.url}/?q=Emma")
    assert re.search(r"from [\d,]+ listeners", page.one(".rating").text)
    page.open(f"{stub.url}/book/1")
    assert "Artist" in page.one(".facts").text


def test_the_note_of_the_site_is_at_the_foot_as_text(page, stub):
    page.open(stub.url)
    page.settle()
    assert not page.all("#foot-note")[0].is_displayed()
    note = "Its readers are <b>simulated</b>."
    stub.faults["/site.json"] = ("status", 200, {"note": note})
    page.open(stub.url)
    page.settle()
    assert page.one("#foot-note").text == note
    assert page.one("#search-label").text == "A book you liked"


@pytest.mark.parametrize(
    "address", ["/", "/?q=Emma&q=Beowulf", "/book/28", "/book/29", "/?q=e", "/book/abc"]
)
def test_nothing_is_wider_than_the_screen(page, stub, address):
    page.open(stub.url + address)
    page.settle()
    for width in (320, 360, 390, 480, 768, 1024, 1280, 1920):
        page.size(width)
        excess, wide = page.js(checks.SIDEWAYS)
        assert excess <= 0 and wide == [], width


@pytest.mark.parametrize(
    "address", ["/", "/?q=Emma", "/?q=Emma&q=Dune", "/book/1", "/?q=e", "/book/abc"]
)
def test_a_page_keeps_the_rules_of_accessibility(page, stub, address):
    page.open(stub.url + address)
    page.settle()
    assert page.js(checks.ACCESSIBILITY) == []


@pytest.mark.parametrize("address", ["/", "/?q=Emma", "/book/1", "/?q=e", "/docs"])
def test_text_stands_out_from_its_ground(page, stub, address):
    page.open(stub.url + address)
    page.settle()
    for scheme in ("light", "dark"):
        page.media(prefers_color_scheme=scheme)
        seen, low = page.js(checks.CONTRAST)
        assert seen > 10
        assert low == [], scheme


def test_nothing_moves_where_motion_is_not_wanted(page, stub):
    moving = (
        "return [...document.querySelectorAll('*')].filter((e) => { const s = getComputedStyle(e);"
        "return s.animationName !== 'none' || s.transitionDuration.split(', ').some((d) => d !== '0s'); }).length"
    )
    stub.faults["/popular"] = ("hang",)
    page.open(stub.url)
    page.one(".cover.waiting")
    assert page.js(moving) > 0
    page.media(prefers_reduced_motion="reduce")
    assert page.js(moving) == 0


def test_waiting_takes_the_room_of_what_comes(page, stub):
    """The first row of cards stands where its place-holders stood."""
    stub.faults["/recommend"] = ("delay", 0.7)
    page.open(f"{stub.url}/?q=Emma")
    page.one(".card .waiting")
    top = "return document.querySelector('.card').getBoundingClientRect().top"
    before = page.js(top)
    page.one(".card h3")
    assert page.js(top) == before
