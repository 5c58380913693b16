"""Fetch Apache Kafka's jars with mvn, once a machine."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).resolve().parents[3] / ".cache" / "apache-kafka-4.1.1-tools"
COMPLETE = CACHE / ".complete"
FETCH_WITHIN_S = 180


def apache_kafka_jars() -> Path:
    """Return the folder with the jars; skip the test, saying why, where Java or mvn is missing or can't reach them."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        pytest.skip("Apache Kafka needs java and mvn on the PATH")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several test processes one fetches
        if not COMPLETE.exists():
            _fetch()
    return CACHE


def _fetch() -> None:
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy-dependencies"]
    try:
        fetched = subprocess.run(
            [*command, f"-DoutputDirectory={CACHE}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"mvn did not fetch Apache Kafka within {FETCH_WITHIN_S} s")
    if fetched.returncode != 0:
        pytest.skip(f"mvn could not fetch Apache Kafka: {fetched.stdout[-500:]}")
    COMPLETE.touch()
