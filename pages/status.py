"""Status: how the engine, its use, the spaces, the index and the disk stand, and what the log says."""

import streamlit as st

from components.frame import heading
from components.host import library
from components.money import draw_usage
from components.spaces import draw_spaces
from components.standing import (
    draw_blocked,
    draw_engine,
    draw_index,
    draw_log,
    draw_numbers,
    draw_vocabulary,
)

status = library().status()
heading("Status")
draw_blocked(library(), here=True)
draw_numbers(status)
left, right = st.columns(2, gap="large")
with left:
    draw_engine(library(), status)
    draw_usage(library().usage())
with right:
    draw_spaces(library(), free=not library().billable)
    draw_index(library(), status)
draw_vocabulary(library())
draw_log(library())
