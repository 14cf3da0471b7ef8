import sys

from edgecv.cli import main

sys.exit(main())
