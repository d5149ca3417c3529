"""Library: add videos, see how they and their batches are doing, edit and delete them."""

import streamlit as st

from components.adding import draw_adding
from components.batches import draw_batches
from components.formats import counted
from components.frame import heading, quiet
from components.host import library
from components.library_list import draw_list
from components.search_states import demo_button, fill_with_demo
from components.standing import draw_blocked
from components.video_dialogs import draw_dialog

videos = library().videos()
jobs = library().jobs()
categories = sorted({video.category for video in videos if video.category})
minutes = sum(video.duration_s for video in videos) / 60
heading("Library", f"{counted(len(videos), 'video')} · {minutes:,.0f} minutes" if videos else "No videos yet")
draw_blocked(library())
under_way = st.container()
with st.container(key="adding", border=True):
    draw_adding(library(), categories)
with under_way:
    # Drawn after the ways to add, shown before them: what was just added belongs to it.
    draw_batches(library())
if not videos and not jobs:
    quiet("Nothing at hand? Start with clips that Cuepoint draws itself.")
    if demo_button():
        fill_with_demo(library())
else:
    draw_list(library(), videos)
draw_dialog(library(), categories)
