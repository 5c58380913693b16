"""A corpus of requests whose end two readers could see in different places, and a recorder behind the gateway.

Each :class:`~tests.support.smuggling.cases.Case` is the bytes of one connection and the verdict on them: which statuses
its client reads, and which requests the service behind gets. The tables are in :mod:`tests.support.smuggling.lengths`,
``codings``, ``chunks``, ``heads``, ``targets`` and ``connections``.
"""
