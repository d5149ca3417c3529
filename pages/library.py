"""Library: add videos, see how they are doing, edit and delete them."""

import streamlit as st

from components.adding import draw_adding
from components.formats import counted
from components.frame import heading, quiet
from components.host import library
from components.library_list import draw_list
from components.search_states import demo_button, fill_with_demo
from components.video_dialogs import draw_dialog

videos = library().videos()
jobs = library().jobs()
categories = sorted({video.category for video in videos if video.category})
minutes = sum(video.duration_s for video in videos) / 60
heading("Library", f"{counted(len(videos), 'video')} · {minutes:,.0f} minutes" if videos else "No videos yet")
with st.container(key="adding", border=True):
    draw_adding(library(), categories)
if not videos and not jobs:
    quiet("Nothing at hand? Start with clips that Cuepoint draws itself.")
    if demo_button():
        fill_with_demo(library())
else:
    draw_list(library(), videos)
draw_dialog(library(), categories)
