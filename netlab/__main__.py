"""`python -m netlab …` — то же, что команда `netlab`."""

import sys

from netlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
