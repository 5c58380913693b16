"""Variables of the previous edge are read where today's are missing, and faults name the one that is set."""

import pytest

from common.settings.variables import OldName, translate_names

HOUSE = OldName("ROOM_HOUSE_URL", "HOUSE_URL", "http://house:1")
GARDEN = OldName("ROOM_GARDEN_URL", "GARDEN_SERVICE_URL", "http://garden:2")
PORT = OldName("ROOM_PORT_NUMBER", "ROOM_SERVICE_PORT")
NAMES = (HOUSE, GARDEN, PORT)


def test_an_old_name_is_read_where_todays_is_missing() -> None:
    """An empty variable is a missing one, as everywhere; the remark says what to call it."""
    today = translate_names({HOUSE.old: "http://here", HOUSE.new: " ", GARDEN.new: "http://there"}, NAMES)

    assert today.variables[HOUSE.new] == "http://here"
    assert today.remarks == {HOUSE.old: f"is an old name; rename it to {HOUSE.new}"}


def test_todays_name_counts_if_both_are_set() -> None:
    """The old one is told to be left over."""
    today = translate_names({HOUSE.old: "http://old", HOUSE.new: "http://new", GARDEN.new: "http://there"}, NAMES)

    assert today.variables[HOUSE.new] == "http://new"
    assert today.remarks == {HOUSE.old: f"is not read, because {HOUSE.new} is set"}


def test_an_environment_of_old_names_has_the_old_defaults() -> None:
    """What the previous edge's deployments left to its defaults stays where it was, and is told."""
    today = translate_names({HOUSE.old: "http://here"}, NAMES)

    assert today.variables[GARDEN.new] == "http://garden:2"
    assert "http://garden:2" in today.remarks[GARDEN.new]


@pytest.mark.parametrize("environ", [{}, {HOUSE.new: "http://new"}, {HOUSE.old: " "}])
def test_an_environment_without_old_names_has_no_old_default(environ: dict[str, str]) -> None:
    """A new deployment names each address itself."""
    today = translate_names(environ, NAMES)

    assert today.variables == environ
    assert today.remarks == {}


def test_a_fault_names_the_variable_that_was_set() -> None:
    """Whole names only: one may be a part of another."""
    today = translate_names({HOUSE.old: "x"}, NAMES)

    assert today.as_set("ROOM_HOUSE_URL: wrong; ROOM_HOUSE_URLS: wrong") == "HOUSE_URL: wrong; ROOM_HOUSE_URLS: wrong"


def test_what_kubernetes_sets_for_a_service_is_no_old_name() -> None:
    """A Service called like our prefix gives each pod such variables, and ``<NAME>_PORT`` beside them."""
    linked = {"ROOM_SERVICE_PORT": "80", "ROOM_PORT": "tcp://10.0.0.1:80"}

    assert translate_names(linked, NAMES).variables == linked
    assert translate_names({"ROOM_SERVICE_PORT": "80"}, NAMES).variables[PORT.new] == "80"
