"""``python -m websocket_service``: serve the feed alone, as the environment describes it."""

import sys

from common.quick_imports import quick_imports

with quick_imports():
    from websocket_service.app import COMMAND

main = COMMAND

if __name__ == "__main__":
    sys.exit(main())
