"""The folders that failed runs leave behind."""

import os
from pathlib import Path

from sandbox.stack import FOLDER_PREFIX, remove_old_folders


def test_old_folders_of_failed_runs_are_removed(tmp_path: Path) -> None:
    """Only those of sandboxes, and only when nobody wrote to them for days."""
    old, young, foreign = (tmp_path / name for name in (f"{FOLDER_PREFIX}old", f"{FOLDER_PREFIX}young", "other"))
    for folder in (old, young, foreign):
        folder.mkdir()
        (folder / "valkey.log").touch()
    for path in (old / "valkey.log", old, foreign / "valkey.log", foreign):
        os.utime(path, (0, 0))
    os.utime(young, (0, 0))

    remove_old_folders(tmp_path, kept_s=60)

    assert sorted(tmp_path.iterdir()) == sorted([young, foreign])
