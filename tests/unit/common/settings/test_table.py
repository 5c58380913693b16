"""The table of --help names every variable with its default and meaning, and shows no secret."""

from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from common.settings.shared import Environment
from common.settings.table import settings_table
from common.settings.variables import environment_config


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
