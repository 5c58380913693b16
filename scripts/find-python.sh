#!/bin/sh
# Print a Python that can run this project (3.11 or newer, with venv), or say what is missing and exit 1.
# With PYTHON set it is that one or none: a path, or a name on the PATH or among the versions that pyenv installed.
set -u
NAMES="python3.11 python3.12 python3.13 python3.14 python3 python"

print_if_usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v "$1"
}

if [ -n "${PYTHON:-}" ]; then
    for candidate in "$PYTHON" "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin/"$PYTHON"; do
        print_if_usable "$candidate" && exit 0
    done
else
    for candidate in $NAMES; do
        print_if_usable "$candidate" && exit 0
    done
fi
{
    echo "This project needs Python 3.11 or newer with its venv module, and found none."
    echo "Looked for: ${PYTHON:-$NAMES}."
    for candidate in python3 python; do
        command -v "$candidate" >/dev/null 2>&1 && echo "Found $candidate, which is $("$candidate" --version 2>&1 | head -1)."
    done
    echo "Install Python 3.11 (on Debian and Ubuntu also the package python3-venv), or name one: make PYTHON=/path/to/python3.11 test"
} >&2
exit 1
