"""Video files: are they usable, what is in them, and what is made of them to look at."""
