"""kernels: the physics and the queueing of serving; no money, no solver."""
