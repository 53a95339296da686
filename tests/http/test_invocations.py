"""POST /invocations and GET /ping: what hosting services ask of a container."""
import pytest


def ask(server, **body):
    answer = server.post("/invocations", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"]


def alone(server, **body):
    return server.post("/recommend", body).json()


def test_ping_says_ready(server):
    answer = server.get("/ping")
    assert answer.status_code == 200 and answer.json() == {"status": "ready"}


def test_each_instance_is_answered_as_if_asked_alone(server, shared):
    book = shared.ids["Solaris"]
    answers = ask(server, instances=["The Hobbit", book, {"title": "Solaris", "k": 2},
                                     {"user": "1", "k": 3}, "solarris"])
    assert answers[0] == alone(server, title="The Hobbit")
    assert answers[1] == alone(server, books=[book])
    assert answers[2] == alone(server, title="Solaris", k=2)
    assert answers[3] == alone(server, user="1", k=3)
    assert answers[4]["suggestions"][0]["title"] == "Solaris"


@pytest.mark.parametrize("body", [
    {"inputs": ["The Hobbit"]},
    {"dataframe_records": [{"title": "The Hobbit"}]},
    {"dataframe_split": {"columns": ["title"], "data": [["The Hobbit"]]}},
])
def test_the_bodies_of_mlflow_say_the_same(server, body):
    assert ask(server, **body) == [alone(server, title="The Hobbit")]


def test_one_bad_instance_does_not_spoil_the_others(server):
    good, unknown, wrong, none = ask(server, instances=[
        "The Hobbit", {"user": "nobody"}, {"tittle": "x"}, None])
    assert good == alone(server, title="The Hobbit")
    assert unknown["code"] == "unknown_user"
    assert "did you mean" in wrong["error"]
    assert none["code"] == "invalid"


def test_no_instances_are_no_predictions(server):
    assert ask(server, instances=[]) == []


@pytest.mark.parametrize("body, words", [
    ({}, "instances"),
    ({"instances": "Dune"}, "instances"),
    ({"instances": ["x"] * 1001}, "1000"),
    ({"instance": ["x"]}, "instances"),
    ({"dataframe_split": {"columns": ["title"], "data": [["a", "b"]]}}, "dataframe_split"),
    ({"dataframe_split": {"columns": "title", "data": []}}, "dataframe_split"),
])
def test_what_is_not_a_list_of_questions_is_said(server, body, words):
    answer = server.post("/invocations", body)
    assert answer.status_code == 400 and words in answer.json()["error"]


def test_only_a_post_is_allowed(server):
    answer = server.get("/invocations")
    assert answer.status_code == 405 and answer.headers["Allow"] == "POST, OPTIONS"
