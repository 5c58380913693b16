"""How both services are served: the listener, the drain, the middleware around Quart, bodies and sockets.

Start with :mod:`common.web.serving.configure` (what every app gets) and :mod:`common.web.serving.server` (one process).
"""
