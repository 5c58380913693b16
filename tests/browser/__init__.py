"""The page of ``make run`` in a real browser, against the whole sandbox."""
