"""The only place where hypercorn 0.18 is overridden; see docs/decisions/0010-hypercorn-seams.md.

Four classes of hypercorn's are subclassed (in ``connections``, ``requests`` and ``sockets``) and put in
the place of theirs by :mod:`common.web.hypercorn_overrides.installation`. ``config`` carries what they need to know.
"""
