"""The whole corpus."""

from tests.support.smuggling.cases import by_name
from tests.support.smuggling.chunks import CHUNKS
from tests.support.smuggling.codings import CODINGS
from tests.support.smuggling.connections import CONNECTIONS
from tests.support.smuggling.heads import HEADS
from tests.support.smuggling.lengths import LENGTHS
from tests.support.smuggling.targets import TARGETS

TABLES = {
    "lengths": LENGTHS,
    "codings": CODINGS,
    "chunks": CHUNKS,
    "heads": HEADS,
    "targets": TARGETS,
    "connections": CONNECTIONS,
}
CORPUS = by_name(case for table in TABLES.values() for case in table.values())
