"""The scenes of the demo clips, one module a clip; each gives its shots in order."""
