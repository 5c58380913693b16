"""``python -m scripts.docs``: write every kept file that is made from the code (``make docs`` does, and more)."""

import sys

from scripts.docs.kept_files import KEPT_FILES, ROOT


def main() -> None:
    """Write the files that differ from what the code gives, and name them."""
    for kept in KEPT_FILES:
        if not kept.is_current():
            kept.write()
            sys.stdout.write(f"wrote {kept.path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
