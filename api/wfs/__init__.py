"""What stands at /wfs: the layers of a run by WFS 2.0, for programs that speak nothing else."""

from api.wfs.door import router

__all__ = ["router"]
