"""A service's modules are imported without garbage collection, and its objects are collected afterwards."""

import subprocess
import sys

import pytest

from scripts.docs.kept_files import ROOT

LOOK = """
import gc

def passes():
    return [generation["collections"] for generation in gc.get_stats()]

import {service}  # some of the modules, which come before the command's

before = passes()
import {service}.__main__
print(passes()[1:] == before[1:], gc.get_freeze_count() > 10_000, gc.isenabled())
"""
"""The youngest objects may be looked through once: as soon as collection is on again."""


@pytest.mark.parametrize("service", ["api_gateway", "websocket_service"])
def test_the_collector_rests_while_modules_are_imported(service: str) -> None:
    """No pass through older objects, what was imported is exempt, and collection is on."""
    command = [sys.executable, "-c", LOOK.format(service=service)]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert told == "True True True\n"
