"""Status: how the engine, the index and the disk stand, and what the log says."""

import streamlit as st

from components.frame import heading
from components.host import library
from components.standing import draw_engine, draw_index, draw_log, draw_numbers, draw_vocabulary

status = library().status()
heading("Status")
draw_numbers(status)
left, right = st.columns(2, gap="large")
with left:
    draw_engine(status)
with right:
    draw_index(library(), status)
draw_vocabulary(library())
draw_log(library())
