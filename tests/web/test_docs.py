"""The page of the API shows every route of the description, and tries them."""
import checks
import pytest
import requests


def test_every_route_is_shown(page, service):
    api = requests.get(f"{service.url}/openapi.json", timeout=10).json()
    page.open(f"{service.url}/docs")
    page.settle()
    routes = {
        f"{verb.upper()}{path}"
        for path, item in api["paths"].items()
        for verb in item
        if verb in ("get", "post")
    }
    assert len(routes) > 10
    assert set(page.texts(".route > h3")) == routes
    assert set(page.texts("#contents a")) == routes


def test_a_route_can_be_tried(page, service):
    page.open(f"{service.url}/docs")
    page.settle()
    field = page.one("#get-suggest-q")
    field.clear()
    field.send_keys("the hobit")
    page.one("#get-suggest .button").click()
    page.until(lambda: "200" in page.one("#get-suggest pre[aria-label=Answer]").text, "no answer")
    answer = page.one("#get-suggest pre[aria-label=Answer]").text
    assert answer.startswith("GET /suggest?q=the+hobit\n200")
    assert "The Hobbit" in answer


def test_the_page_of_the_api_keeps_the_rules_of_accessibility(page, service):
    page.open(f"{service.url}/docs")
    page.settle()
    assert page.js(checks.ACCESSIBILITY) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_of_the_api_fits_the_screen(page, service, width):
    page.size(width)
    page.open(f"{service.url}/docs")
    page.settle()
    assert page.js(checks.SIDEWAYS)[0] <= 0
