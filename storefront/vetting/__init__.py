"""How a producer or a charity gets in, and for how long."""
