"""How variables are read, under today's names or old ones, which others get a remark, and the table of --help."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field, SecretStr

from common.settings.shared import Environment, SharedSettings
from common.settings.values import JsonList
from common.settings.variables import (
    OldName,
    StartError,
    environment_config,
    read_settings,
    settings_table,
    translate_names,
    unknown_variables,
)
from tests.support.signing import SECRET

KNOWN = ["ROOM_PORT", "ROOM_GUESTS", "JWT_AUDIENCE", "KAFKA_SSL_CAFILE"]

HOUSE = OldName("ROOM_HOUSE_URL", "HOUSE_URL", "http://house:1")
GARDEN = OldName("ROOM_GARDEN_URL", "GARDEN_SERVICE_URL", "http://garden:2")
PORT = OldName("ROOM_PORT_NUMBER", "ROOM_SERVICE_PORT")
NAMES = (HOUSE, GARDEN, PORT)


class PrefixedSettings(BaseModel):
    """A service's own settings."""

    model_config = environment_config("ROOM_")

    shared: SharedSettings
    port: int = Field(default=80, gt=0)
    guests: Annotated[tuple[str, ...], JsonList] = ()


def test_a_service_reads_its_own_prefix() -> None:
    """And is named by it in complaints."""
    shared = read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET})

    settings = read_settings(PrefixedSettings, {"ROOM_PORT": "8080", "PORT": "1", "port": "2"}, shared=shared)
    with pytest.raises(StartError, match=r"^ROOM_PORT: "):
        read_settings(PrefixedSettings, {"ROOM_PORT": "-1"}, shared=shared)

    assert settings.port == 8080


def test_a_json_list_is_read_or_named() -> None:
    """As CORS_ORIGINS is spelled."""
    shared = read_settings(SharedSettings, {"JWT_SECRET_KEY": SECRET})

    settings = read_settings(PrefixedSettings, {"ROOM_GUESTS": '["anna", "bo"]'}, shared=shared)
    with pytest.raises(StartError, match=r"^ROOM_GUESTS: must be a JSON list"):
        read_settings(PrefixedSettings, {"ROOM_GUESTS": "anna,bo"}, shared=shared)

    assert settings.guests == ("anna", "bo")


def unknown(*names: str, value: str = "x") -> dict[str, str]:
    """Return the remarks on variables called ``names``."""
    return unknown_variables(dict.fromkeys(names, value), KNOWN, own_prefix="ROOM_")


def test_an_unknown_variable_with_our_prefix_is_named_with_the_nearest_known_one() -> None:
    """A mistyped name is otherwise a default that surprises."""
    assert unknown("ROOM_PROT", "ROOM_PORT") == {"ROOM_PROT": "is not read; the nearest known name is ROOM_PORT"}


def test_a_known_or_foreign_variable_is_no_matter() -> None:
    """The environment holds other programs' variables too."""
    assert unknown("ROOM_PORT", "JWT_AUDIENCE", "PATH", "ROOMS", "KAFKA_HEAP_OPTS", "REDIS_PASSWORD") == {}


def test_a_shared_name_spelled_almost_right_is_named() -> None:
    """Such names have no prefix of ours, so only a near miss tells that ours was meant."""
    assert list(unknown("KAFKA_SSL_CA_FILE", "JWT_AUDIENC")) == ["JWT_AUDIENC", "KAFKA_SSL_CA_FILE"]


def test_a_near_miss_beside_the_name_itself_is_no_matter() -> None:
    """What was meant is set."""
    assert unknown("JWT_AUDIENC", "JWT_AUDIENCE") == {}


@pytest.mark.parametrize(
    "name",
    [
        "ROOM_SERVICE_HOST",
        "ROOM_SERVICE_PORT",
        "ROOM_SERVICE_PORT_HTTP",
        "ROOM_PORT_4001_TCP",
        "ROOM_PORT_4001_TCP_ADDR",
        "ROOM_API_SERVICE_HOST",
    ],
)
def test_what_kubernetes_sets_for_a_service_is_no_matter(name: str) -> None:
    """A Service called like our prefix gives each pod a dozen of them."""
    assert unknown(name) == {}


def test_a_service_links_address_is_no_matter() -> None:
    """It can be told by its value alone."""
    assert unknown("ROOM_API_PORT", value="tcp://10.0.0.1:80") == {}
    assert list(unknown("ROOM_API_PORT", value="80")) == ["ROOM_API_PORT"]


class Inner(BaseModel):
    """Settings of somebody else."""


class Sample(BaseModel):
    """One of each kind."""

    model_config = environment_config("SAMPLE_")

    inner: Inner
    url: Annotated[str, Field(description="Where it is.")]
    port: Annotated[int, Field(description="Which port.")] = 4001
    flag: bool = False
    names: tuple[str, ...] = ()
    environment: Environment = Environment.DEVELOPMENT
    key: SecretStr = Field(default=SecretStr("do-not-show"), validation_alias="SHARED_KEY")


def test_each_variable_has_its_row() -> None:
    """Required ones say so, defaults are told as they are spelled, nested models have rows of their own elsewhere."""
    assert settings_table(Sample).splitlines() == [
        "  SAMPLE_URL [required]",
        "      Where it is.",
        "  SAMPLE_PORT [4001]",
        "      Which port.",
        "  SAMPLE_FLAG [false]",
        "  SAMPLE_NAMES",
        "  SAMPLE_ENVIRONMENT [development]",
        "  SHARED_KEY",
    ]


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
