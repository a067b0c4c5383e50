"""Names and labels in the container engine, kept apart from those of another emulator."""

from __future__ import annotations

import pytest

from emulated.server.container_names import ContainerNames

NAMES = ContainerNames("flask-fargate")


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("ministack-rds-1-db", "flask-fargate-rds-1-db"),
        ("ministack", "flask-fargate"),
        ("ministack.instance=host:4566", "flask-fargate.instance=host:4566"),
        ("ministack=rds", "flask-fargate=rds"),
        ("ministack-ecs-1-tmp:/tmp:rw", "flask-fargate-ecs-1-tmp:/tmp:rw"),
    ],
)
def test_what_ministack_names_gets_the_prefix(inside: str, outside: str) -> None:
    assert NAMES.outside(inside) == outside, "another emulator would remove it as its own"
    assert NAMES.inside(outside) == inside, "ministack would not know it again"


@pytest.mark.parametrize("name", ["postgres", "ministackish", "/srv/ministack-x", "a-ministack"])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert NAMES.outside(name) == name


def test_a_name_is_translated_once() -> None:
    once = NAMES.outside("ministack-db")
    assert NAMES.outside(once) == once, "a volume found by name could not be removed by it"


def test_a_prefix_that_begins_another_is_not_taken_for_it() -> None:
    assert NAMES.inside("flask-fargateway-1") == "flask-fargateway-1"


def test_a_new_container_has_labels_and_volumes_of_ours() -> None:
    config = {
        "Image": "postgres:17",
        "Labels": {"ministack": "rds", "db_id": "ministack"},
        "HostConfig": {"Binds": ["ministack-data:/var/lib:rw", "/srv:/srv:ro"], "Init": True},
    }
    changed = NAMES.outside_config(config)
    assert changed["Labels"] == {"flask-fargate": "rds", "db_id": "ministack"}
    assert changed["HostConfig"]["Binds"] == ["flask-fargate-data:/var/lib:rw", "/srv:/srv:ro"]
    assert changed["HostConfig"]["Init"] is True
    assert config["Labels"] == {"ministack": "rds", "db_id": "ministack"}, "the request changed"


def test_labels_that_are_read_are_ministacks_own_words_again() -> None:
    assert NAMES.inside_labels({"flask-fargate": "ecs"}) == {"ministack": "ecs"}
    assert NAMES.inside_labels(None) == {}


def test_a_listing_by_label_finds_only_our_own() -> None:
    assert NAMES.outside_filters({"label": ["ministack.boot=1"], "status": "exited"}) == {
        "label": ["flask-fargate.boot=1"],
        "status": "exited",
    }
    assert NAMES.outside_filters({"label": "ministack"}) == {"label": ["flask-fargate"]}
    assert NAMES.outside_filters({"name": "x"}) == {"name": "x"}
