"""The page of ``make run``: a dashboard on the client library, and its server, which breaks things for it."""
