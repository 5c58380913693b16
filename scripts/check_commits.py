"""Check the messages of the commits since a base: an imperative subject of at most 72 characters, and a body.

``python -m scripts.check_commits [BASE]`` checks the commits after ``BASE`` up to ``HEAD``, merges aside. It fails when
one breaks a rule of CONTRIBUTING.md, "Changes". Without a history that holds the base (an unpacked archive, a shallow
clone) it says so and succeeds.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
BASE: Final = "daccc1afb75b37b230f76966054a4fea9204e1b5"
"""The rules hold for what came after this commit."""

LONGEST_SUBJECT: Final = 72

_VERBS: Final = """
accept accord acknowledge add adjust admit adopt align allow announce answer append apply argue ask assert assign
avoid await base batch begin bind block bound break bring build bump cache call cancel catch change check choose
claim clarify clean clear close collect combine compare compile complete compute configure confirm connect convert
copy correct count cover create cut declare decode decouple define delay delete deliver deny depend deprecate
derive describe detect disable discard document don't drain draw drop embed enable encode end enforce ensure
exclude expand explain export expose extend extract fail fetch fill find fix fold follow forbid format forward
free gather generate give grant group guard handle harden have hear hide hold ignore implement import improve
include increase infer inform initialize inject inline insert inspect install introduce invert issue join judge
jump keep kill label lead learn leave let lift limit link list listen load lock log look loosen lower make map
mark match measure mend mention merge migrate mirror mock modernize move name narrow normalize note offer omit
open optimize order organize override parse part pass patch pause permit pick pin place play point poll prefer
prepare prevent print probe process produce prove publish pull push put raise read rebuild record redact redirect
reduce refactor refuse register reject relax relay release reload remake remember remove rename renew reorder
repair repeat replace replay reply report require reset resolve restore restrict resume retry return reuse revert
revoke rewrite route run say schedule secure seed select send separate serve set ship show shorten sign simplify
skip sort speak specify spell split start state stop store stream strip support swap switch take tell test throw
tidy tie tighten time track translate trim try turn type unify unpin update upgrade use validate verify wait walk
want warn widen wire withdraw wrap write
"""

_IRREGULAR: Final = """
began begun broke broken brought built caught chose chosen did does done drew drawn fed forbade forbidden
gave given got had has heard held hid hidden kept knew known laid learnt led left lost made meant overridden
overrode ran rewritten rewrote said sent shown sold spelt spoke spoken swore thrown threw told took taken torn
was went were withdrawn withdrew wrote written
"""

VERBS: Final = frozenset(_VERBS.split())
"""Verbs that subjects begin with; their other forms are refused."""

IRREGULAR: Final = frozenset(_IRREGULAR.split())
"""Forms that no spelling rule makes. Those that are imperatives too (found, bound, read) aren't among them."""

_TRAILER = re.compile(r"^[\w-]+-by: .*$", re.MULTILINE)


class Commit(NamedTuple):
    """What is checked of a commit."""

    name: str
    """Its abbreviated hash."""
    subject: str
    body: str


class NoHistoryError(Exception):
    """The history that is to be checked isn't here, for ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def message_faults(subject: str, body: str) -> list[str]:
    """Return what is wrong with a commit's message, each as a sentence; empty when all is well."""
    first = subject.partition(" ")[0].rstrip(",:;.!?")
    faults = []
    if len(subject) > LONGEST_SUBJECT:
        faults.append(f"The subject has {len(subject)} characters; {LONGEST_SUBJECT} are the most.")
    if subject.endswith("."):
        faults.append("The subject ends with a period.")
    if not first[:1].isupper():
        faults.append("The subject doesn't begin with a capital letter.")
    if first.lower() in NOT_IMPERATIVE:
        faults.append(f"The subject isn't imperative: it begins with {first!r}.")
    if not _TRAILER.sub("", body).strip():
        faults.append("The body is empty; it says why.")
    return faults


def inflections(verb: str) -> frozenset[str]:
    """Return the regular forms of ``verb`` in -s, -ed and -ing, with the last letter doubled and not."""
    if verb.endswith("ie"):
        return frozenset({f"{verb}s", f"{verb}d", f"{verb[:-2]}ying"})
    if verb.endswith("e"):
        return frozenset({f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"})
    if re.search(r"[^aeiou]y$", verb):
        return frozenset({f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"})
    third = f"{verb}es" if re.search(r"(s|x|z|ch|sh|o)$", verb) else f"{verb}s"
    doubled = verb + verb[-1]
    return frozenset({third, f"{verb}ed", f"{verb}ing", f"{doubled}ed", f"{doubled}ing"})


NOT_IMPERATIVE: Final = IRREGULAR.union(*map(inflections, VERBS)) - VERBS


def list_commits(base: str, repository: Path) -> Iterator[Commit]:
    """Return the commits of ``repository`` after ``base``, newest first, without merges.

    Raises:
        NoHistoryError: there is no git, no repository, or ``base`` isn't in the history of ``HEAD``.
    """
    try:
        _git(repository, "merge-base", "--is-ancestor", base, "HEAD")
    except FileNotFoundError as error:
        raise NoHistoryError(reason="git isn't installed") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        raise NoHistoryError(lines[0] if lines else f"{base} isn't an ancestor of HEAD") from error
    log = _git(repository, "log", "-z", "--no-merges", "--format=%h%n%s%n%b", f"{base}..HEAD")
    return (Commit(*record.split("\n", 2)) for record in log.split("\0") if record)


def _git(repository: Path, *arguments: str) -> str:
    command = ("git", "-C", str(repository), *arguments)
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8", errors="replace").stdout


def main(arguments: Sequence[str], repository: Path = ROOT) -> int:
    """Print what is wrong with each commit; return 1 when anything is."""
    base = arguments[0] if arguments else BASE
    try:
        commits = list(list_commits(base, repository))
    except NoHistoryError as error:
        print(f"Commit messages not checked: {error.reason}.")
        return 0
    faults = [(commit, fault) for commit in commits for fault in message_faults(commit.subject, commit.body)]
    for commit, fault in faults:
        print(f"{commit.name} {commit.subject}\n    {fault}")
    if not faults:
        print(f"Commit messages checked: {len(commits)}, since {base[:7]}.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
