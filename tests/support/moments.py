"""What may stand under ``auth:not_before:<user>``, and whether it ends a token issued at ISSUED."""

from datetime import UTC, datetime

ISSUED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

MOMENTS = (
    ("1772438399", False),
    ("1772438400", False),
    ("1772438400.", False),
    ("1772438400.999", False),
    ("0", False),
    ("1772438401", True),
    ("1772438401.5", True),
    ("9" * 400, True),
    ("", True),
    ("soon", True),
    ("-1", True),
    ("+1", True),
    ("1e3", True),
    ("0x10", True),
    ("1_000", True),
    ("nan", True),
    ("inf", True),
    (" 1", True),
    ("1\n", True),
    ("1\x00", True),
    ("1.2.3", True),
    ("\u0663", True),
    (b"\xff", True),
)
