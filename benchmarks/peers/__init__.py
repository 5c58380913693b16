"""What a bare gateway is written with elsewhere: the status floor's job on FastAPI and uvicorn.

Run in an environment of their own (``requirements/bench.txt``); no package of ours imports them.
"""
