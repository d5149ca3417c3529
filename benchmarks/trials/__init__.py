"""Long trials: each is a function that does the work for real and returns its figures.

`make test` runs short forms of them and asserts what must hold; `make soak` runs them in full and
prints the figures.
"""
