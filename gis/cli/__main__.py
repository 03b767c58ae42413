"""`python -m gis.cli`: the command without its installed script."""

from gis.cli import main

main()
