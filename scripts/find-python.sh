#!/bin/sh
# Print a Python that can run this project (3.11 or newer, with venv), or say what is missing and exit 1.
# With PYTHON set it is that one or none: a path, or a name on the PATH or among the versions that pyenv installed.
set -u

print_if_usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v "$1"
}

# Of a Python that isn't usable; nothing of a program that is missing or doesn't run.
tell_why_not() {
    "$1" -c 'import sys; print("Found {0}, which is Python {2}.{3}.{4}: {1}.".format(
        sys.argv[1], "too old" if sys.version_info < (3, 11) else "without its venv module", *sys.version_info))' \
        "$1" 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON" "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin/"$PYTHON"
else
    set -- python3.11 python3.12 python3.13 python3.14 python3 python
fi
for candidate; do
    print_if_usable "$candidate" && exit 0
done
{
    echo "This project needs Python 3.11 or newer with its venv module, and found none."
    echo "Looked for: ${PYTHON:-$*}."
    for candidate; do
        tell_why_not "$candidate"
    done
    echo "Install Python 3.11 (on Debian and Ubuntu also the package python3-venv), or name one: make PYTHON=/path/to/python3.11 test"
} >&2
exit 1
