"""Hair removal: a module for each method of finding hair, inpainting, and the files written."""
