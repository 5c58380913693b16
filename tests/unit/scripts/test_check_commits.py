"""What `make lint` says of commit messages."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.check_commits import LONGEST_SUBJECT, NOT_IMPERATIVE, VERBS, inflections, main, message_faults

BODY = "Two copies had drifted apart.\n"
WRITER = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")


@pytest.mark.parametrize(
    "subject",
    [
        "Join the two backoffs into one",
        "Don't retry what isn't idempotent",
        "Limit, per address, what waits",
        "Process a batch once",
        "Bring the drain's stages into one file",
        "Seed the generator",
        "Embed the pages",
        "Bound what one caller keeps under way",
        "A" * LONGEST_SUBJECT,
    ],
)
def test_a_good_message_has_no_fault(subject: str) -> None:
    """Imperatives pass, also those that end as a past tense or a gerund does."""
    assert message_faults(subject, BODY) == []


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("A" * (LONGEST_SUBJECT + 1), "73 characters"),
        ("Join the two backoffs.", "period"),
        ("join the two backoffs", "capital"),
        ("fix: join the two backoffs", "capital"),
        ("Added a route", "'Added'"),
        ("Adds a route", "'Adds'"),
        ("Adding a route", "'Adding'"),
        ("Fixes: a route", "'Fixes'"),
        ("Dropped a route", "'Dropped'"),
        ("Tries again", "'Tries'"),
        ("Made a route", "'Made'"),
        ("Removing a route", "'Removing'"),
    ],
)
def test_a_bad_subject_has_one_fault(subject: str, said: str) -> None:
    """The fault says what is wrong with the subject."""
    (fault,) = message_faults(subject, BODY)

    assert said in fault


@pytest.mark.parametrize("body", ["", "\n \n", "Signed-off-by: A <a@example.org>\nCo-authored-by: B <b@example.org>\n"])
def test_a_body_without_a_reason_is_a_fault(body: str) -> None:
    """Nothing, white space and trailers give no reason."""
    assert message_faults("Join the two backoffs", body) == ["The body is empty; it says why."]


def test_no_verb_is_taken_for_a_form_of_another() -> None:
    """What is refused never includes what is asked for."""
    assert VERBS.isdisjoint(NOT_IMPERATIVE)


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("add", {"adds", "added", "adding"}),
        ("move", {"moves", "moved", "moving"}),
        ("tie", {"ties", "tied", "tying"}),
        ("copy", {"copies", "copied", "copying"}),
        ("play", {"plays", "played", "playing"}),
        ("pass", {"passes", "passed", "passing"}),
        ("drop", {"drops", "dropped", "dropping"}),
    ],
)
def test_the_forms_of_a_verb(verb: str, forms: set[str]) -> None:
    """Each spelling rule of -s, -ed and -ing is known."""
    assert forms <= inflections(verb)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty repository of its own, whatever git's variables say."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    _git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return tmp_path


def _git(repository: Path, *arguments: str) -> str:
    command = ("git", *WRITER, "-C", str(repository), *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _commit(repository: Path, *paragraphs: str) -> str:
    """Commit nothing with a message of ``paragraphs``; return the hash."""
    messages = [part for paragraph in paragraphs for part in ("-m", paragraph)]
    _git(repository, "commit", "--quiet", "--allow-empty", *messages)
    return _git(repository, "rev-parse", "HEAD")


@needs_git
def test_list_commits_the_base_are_checked(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The base and merges may be as they are; each other commit is named with its fault."""
    base = _commit(repository, "started")
    _git(repository, "checkout", "--quiet", "-b", "side")
    _commit(repository, "Join the two backoffs", "Two copies had drifted apart.", "A second paragraph.")
    _git(repository, "checkout", "--quiet", "main")
    _commit(repository, "Name the route", "It had none.")
    _git(repository, "merge", "--quiet", "--no-ff", "-m", "merged side", "side")

    good = main([base], repository)
    told_of_good = capsys.readouterr().out
    bad_commit = _commit(repository, "Added a route")
    bad = main([base], repository)
    told_of_bad = capsys.readouterr().out

    assert (good, bad) == (0, 1)
    assert told_of_good == f"Commit messages checked: 2, since {base[:7]}.\n"
    assert told_of_bad.count(f"{bad_commit[:7]} Added a route\n") == 2
    assert "it begins with 'Added'" in told_of_bad
    assert "The body is empty" in told_of_bad


@needs_git
@pytest.mark.parametrize("base", ["1" * 40, "side"])
def test_a_history_without_the_base_is_told(repository: Path, base: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A shallow clone doesn't know the base, and another history doesn't descend from it: nothing is checked."""
    _commit(repository, "started")
    _git(repository, "checkout", "--quiet", "-b", "side")
    _commit(repository, "went on")
    _git(repository, "checkout", "--quiet", "main")

    code = main([base], repository)

    assert code == 0
    assert capsys.readouterr().out.startswith("Commit messages not checked: ")


@needs_git
def test_a_folder_without_a_repository_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an archive unpacks to has no history."""
    code = main([], tmp_path)

    assert code == 0
    assert "not a git repository" in capsys.readouterr().out


def test_a_machine_without_git_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No git is no fault of the messages."""
    monkeypatch.setenv("PATH", str(tmp_path))

    code = main([], tmp_path)

    assert code == 0
    assert capsys.readouterr().out == "Commit messages not checked: git isn't installed.\n"
