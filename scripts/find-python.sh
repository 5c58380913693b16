#!/bin/sh
# Print the first Python that can run this project (3.11 or newer, with venv), or say what is missing and exit 1.
set -u
for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3 python; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
    command -v "$candidate"
    exit 0
done
{
    echo "This project needs Python 3.11 or newer with its venv module, and found none on the PATH."
    echo "Looked for: ${PYTHON:+$PYTHON, }python3.11, python3.12, python3.13, python3.14, python3, python."
    for candidate in python3 python; do
        command -v "$candidate" >/dev/null 2>&1 && echo "Found $candidate, which is $("$candidate" --version 2>&1)."
    done
    echo "Install Python 3.11 (on Debian and Ubuntu also the package python3-venv), or name one: make PYTHON=/path/to/python3.11 test"
} >&2
exit 1
