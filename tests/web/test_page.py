"""A reader's way through the page, against the real service on the bundled catalogue."""
import re

import checks
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

SEARCHED = [
    ("the hobit", "The Hobbit"),
    ("pride and prejudise", "Pride and Prejudice"),
    ("lord of teh rings", "The Fellowship of the Ring"),
    ("cathcer in the rye", "The Catcher in the Rye"),
    ("crime punishment", "Crime and Punishment"),
]


def options(page):
    return page.texts("[role=option] .option-title")


def active(page):
    """The option that the input says is active, by its text; None when none is."""
    return page.js(
        "const id = document.getElementById('q').getAttribute('aria-activedescendant');"
        "const e = id && document.getElementById(id);"
        "return e ? [e.querySelector('.option-title').textContent, e.getAttribute('aria-selected')] : null"
    )


def expanded(page):
    return page.one("#q").get_attribute("aria-expanded")


def suggest(page, service, typed):
    page.open(service.url)
    page.settle()
    page.type(typed)
    page.one("[role=option]")


def test_the_first_page_shows_what_is_popular(page, service):
    page.open(service.url)
    page.settle()
    assert len(page.all(".standing")) == 24
    assert page.driver.title == "readalike"
    assert all(page.texts(".standing h3"))
    first = page.all(".standing")[0]
    assert re.search(r"★ \d\.\d\d · [\d.]+[KM]? ratings", first.text)
    covers = page.js(
        "return [...document.querySelectorAll('.standing .cover')].map((e) => {"
        "const b = e.getBoundingClientRect(); return b.width > 40 && b.height > 60; })"
    )
    assert all(covers)


@pytest.mark.parametrize("typed,title", SEARCHED)
def test_typing_finds_the_book_that_is_meant(page, service, typed, title):
    suggest(page, service, typed)
    page.until(
        lambda: any(found.startswith(title) for found in options(page)[:3]),
        f"{typed}: {options(page)}",
    )
    assert len(options(page)) <= 7
    assert expanded(page) == "true"
    assert re.match(
        r"\d suggestions?\.", page.js("return document.getElementById('live').textContent")
    )


def test_matched_parts_are_marked(page, service):
    suggest(page, service, "pride prej")
    page.until(lambda: "Pride and Prejudice" in options(page), "no Pride and Prejudice")
    marks = page.js(
        "const o = [...document.querySelectorAll('[role=option]')]"
        ".find((e) => e.querySelector('.option-title').textContent === 'Pride and Prejudice');"
        "return [...o.querySelectorAll('mark')].map((e) => e.textContent)"
    )
    assert marks and "".join(marks).lower().startswith("pride")


def test_the_arrow_keys_walk_the_suggestions(page, service):
    suggest(page, service, "the")
    shown = options(page)
    assert len(shown) == 7
    box = page.one("#q")
    assert active(page) is None
    for key, place in [
        (Keys.ARROW_DOWN, 0),
        (Keys.ARROW_DOWN, 1),
        (Keys.ARROW_UP, 0),
        (Keys.ARROW_UP, None),
        (Keys.ARROW_UP, 6),
        (Keys.HOME, 0),
        (Keys.END, 6),
        (Keys.ARROW_DOWN, None),
    ]:
        box.send_keys(key)
        assert active(page) == (None if place is None else [shown[place], "true"])
        assert page.js("return document.querySelectorAll('[aria-selected=true]').length") == (
            place is not None
        )
    assert page.js("return document.activeElement.id") == "q"


def test_escape_closes_then_clears(page, service):
    suggest(page, service, "emma")
    box = page.one("#q")
    box.send_keys(Keys.ESCAPE)
    assert expanded(page) == "false" and not page.one("#q").get_attribute("value") == ""
    box.send_keys(Keys.ARROW_DOWN)
    assert expanded(page) == "true"
    box.send_keys(Keys.ESCAPE, Keys.ESCAPE)
    assert box.get_attribute("value") == ""


def test_enter_takes_the_active_suggestion(page, service):
    suggest(page, service, "the hobbit")
    page.until(lambda: options(page)[0] == "The Hobbit", "The Hobbit is not first")
    page.type(Keys.ARROW_DOWN + Keys.ENTER)
    page.one(".cards .also")
    assert page.one("h1").text == "If you liked The Hobbit"
    assert re.fullmatch(r"/\?q=The\+Hobbit&id=\d+", page.path)
    assert page.driver.title == "If you liked The Hobbit · readalike"
    assert page.js("return document.activeElement.tagName") == "H1"
    assert expanded(page) == "false"


def test_a_click_takes_a_suggestion(page, service):
    suggest(page, service, "dracula")
    page.one("[role=option]").click()
    page.one(".cards .also")
    assert page.one("h1").text.startswith("If you liked Dracula")


def test_recommendations_are_cards(page, service):
    page.open(f"{service.url}/?q=the+hobbit")
    page.one(".cards .also")
    assert page.one("h1").text == "If you liked The Hobbit", "as the catalogue spells it"
    titles = page.texts(".card h3")
    assert len(titles) == 12 == len(set(titles))
    assert "The Hobbit" not in titles
    assert any("Tolkien" in line for line in page.texts(".card .byline")[:4])
    card = page.one(".card")
    assert re.search(r", \d{4}$", card.find_element(By.CSS_SELECTOR, ".byline").text)
    assert re.search(
        r"\d\.\d\d from [\d,]+ readers", card.find_element(By.CSS_SELECTOR, ".rating").text
    )
    assert card.find_element(By.CSS_SELECTOR, ".cover").is_displayed()


def test_another_liked_book_changes_the_answer_and_says_why(page, service):
    page.open(f"{service.url}/?q=The+Hobbit")
    page.one(".cards .also")
    alone = page.texts(".card h3")
    page.one(".add").click()
    assert page.one("#search-label").text == "Another book you liked"
    page.type("pride and prejudice")
    page.until(lambda: options(page) and options(page)[0] == "Pride and Prejudice", "not suggested")
    page.type(Keys.ARROW_DOWN + Keys.ENTER)
    page.until(
        lambda: page.texts(".chip-text") == ["The Hobbit", "Pride and Prejudice"], "no second chip"
    )
    page.one(".cards .also")
    assert page.texts(".card h3") != alone
    because = set(page.texts(".because"))  # and of one book none: there is nothing to tell apart
    assert any("The Hobbit" in line for line in because)
    assert any("Pride and Prejudice" in line for line in because)
    page.all(".chip button")[0].click()
    page.until(lambda: page.texts(".chip-text") == ["Pride and Prejudice"], "the chip stayed")
    page.one(".cards .also")
    assert not page.all(".because")


def test_more_recommendations_follow_the_first(page, service):
    page.open(f"{service.url}/?q=The+Hobbit")
    page.one(".cards .also")
    first = page.texts(".card h3")
    page.one(".more button").click()
    page.until(lambda: len(page.all(".card")) > len(first), "no more came")
    titles = page.texts(".card h3")
    assert titles[: len(first)] == first
    assert len(titles) == 2 * len(first) == len(set(titles))
    assert page.js("return document.activeElement.textContent") == titles[len(first)]
    for _ in range(6):
        before = len(page.all(".card"))
        page.one(".more button").click()
        page.until(lambda: len(page.all(".card")) == before + 12, "no more came")
    assert len(page.all(".card")) == 96 and not page.all(".more button")


def test_a_card_can_be_liked_too(page, service):
    page.open(f"{service.url}/?q=Dracula")
    liked = page.one(".card h3").text if page.one(".cards .also") else ""
    page.one(".cards .also").click()
    page.until(lambda: len(page.texts(".chip")) == 2, "no second chip")
    page.one(".cards .also")
    assert liked not in page.texts(".card h3")


def test_a_misspelt_title_asks_did_you_mean(page, service):
    page.open(service.url)
    page.settle()
    page.type("the hobit" + Keys.ENTER)
    near = page.one(".near")
    assert page.one("h1").text == "Did you mean…"
    assert "the hobit" in page.one(".section-line").text
    assert page.texts(".near .option-title")[0] == "The Hobbit"
    assert page.js("return document.activeElement.tagName") == "H1"
    near.click()
    page.one(".cards .also")
    assert page.one("h1").text == "If you liked The Hobbit"


def test_nonsense_is_answered_with_a_sentence(page, service):
    page.open(f"{service.url}/?q=zzxxqqwwvv+kkjjhh")
    said = page.one("[role=alert] p").text
    assert "zzxxqqwwvv" in said and said.endswith(".")
    assert not page.all(".retry")


def test_the_book_page_shows_the_book_and_what_is_similar(page, service):
    page.open(f"{service.url}/?q=The+Hobbit")
    page.one(".card h3 a").click()
    heading = page.one(".portrait h1").text
    page.settle()
    assert re.fullmatch(r"/book/\d+", page.path)
    assert page.driver.title == f"{heading} · readalike"
    assert "Author" in page.one(".facts").text
    assert len(page.all(".cards .card")) > 3
    assert heading not in page.texts(".card h3")
    page.one(".portrait .button").click()
    page.one(".cards .also")
    assert heading.split(" (")[0] in page.one("h1").text


def test_a_deep_link_and_a_reload_show_the_same(page, service):
    page.open(f"{service.url}/?q=Dracula&q=Frankenstein")
    page.one(".cards .also")
    before = page.texts(".card h3")
    page.driver.refresh()
    page.one(".cards .also")
    assert page.texts(".card h3") == before
    assert len(page.texts(".chip")) == 2


def test_back_and_forward_walk_the_pages(page, service):
    page.open(service.url)
    page.settle()
    page.js("window.mark = 1; window.scrollTo(0, 300)")
    page.all(".standing h3 a")[7].click()
    title = page.one(".portrait h1").text
    page.settle()
    page.one(".card h3 a").click()
    page.until(lambda: page.one(".portrait h1").text != title, "the second book did not come")
    page.driver.back()
    page.until(lambda: page.texts(".portrait h1") == [title], "back did not show the first book")
    page.driver.back()
    page.one(".standing h3")
    page.until(lambda: page.js("return Math.abs(window.scrollY - 300)") < 3, "the place was lost")
    page.driver.forward()
    page.until(lambda: page.texts(".portrait h1") == [title], "forward did not show the book")
    assert page.js("return window.mark") == 1, "the page was never loaded anew"


def test_the_keyboard_alone_is_enough(page, service):
    page.open(service.url)
    page.settle()
    body = page.driver.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    skip = page.driver.switch_to.active_element
    assert skip.text == "Skip to the content" and skip.location["y"] >= 0
    skip.send_keys(Keys.ENTER)
    assert page.js("return document.activeElement.id") == "main"
    page.driver.switch_to.active_element.send_keys(Keys.TAB)
    focused = page.driver.switch_to.active_element
    outline = page.js(
        "return getComputedStyle(arguments[0].closest('.standing')).outlineStyle", focused
    )
    assert focused.tag_name == "a" and outline == "solid"
    focused.send_keys(Keys.ENTER)
    page.one(".portrait h1")


def test_dark_mode_is_dark(page, service):
    page.open(service.url)
    page.settle()
    ground = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert min(page.js(ground)) > 200
    page.media(prefers_color_scheme="dark")
    assert max(page.js(ground)) < 60


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_everything_without_scrolling_sideways(page, service, width):
    page.size(width, 740)
    for address in ("/", "/?q=The+Hobbit&q=Dracula", "/book/1", "/?q=the+hobit"):
        page.open(service.url + address)
        page.settle()
        excess, wide = page.js(checks.SIDEWAYS)
        assert excess <= 0 and wide == [], address
    page.open(service.url)
    page.settle()
    page.type("the")
    page.one("[role=option]")
    box = page.js(
        "const b = document.getElementById('suggestions').getBoundingClientRect(); return [b.left, b.right]"
    )
    assert box[0] >= 0 and box[1] <= width


@pytest.mark.parametrize("address", ["/", "/?q=The+Hobbit", "/?q=the+hobit", "/book/1"])
def test_the_rules_of_accessibility_and_contrast_hold_on_real_data(page, service, address):
    page.open(service.url + address)
    page.settle()
    assert page.js(checks.ACCESSIBILITY) == []
    for scheme in ("light", "dark"):
        page.media(prefers_color_scheme=scheme)
        assert page.js(checks.CONTRAST)[1] == [], scheme


def test_the_open_list_keeps_the_rules_too(page, service):
    suggest(page, service, "the")
    page.type(Keys.ARROW_DOWN)
    assert page.js(checks.ACCESSIBILITY) == []
    for scheme in ("light", "dark"):
        page.media(prefers_color_scheme=scheme)
        assert page.js(checks.CONTRAST)[1] == [], scheme
