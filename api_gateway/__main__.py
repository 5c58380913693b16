"""``python -m api_gateway``: serve the gateway alone, as the environment describes it."""

import sys

from common.quick_imports import quick_imports

with quick_imports():
    from api_gateway.app import COMMAND

main = COMMAND

if __name__ == "__main__":
    sys.exit(main())
