"""landwatch: industrial-park land, watched by the law's own clock."""

__version__ = "0.1.0"
