"""Shots: the moments that people keep, in order, to be watched, trimmed and carried to an editing program."""

from components.host import library
from components.shot_page import draw_shots

draw_shots(library())
