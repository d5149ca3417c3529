"""Watch: one video with its timeline, its segments, and a search inside it."""

import streamlit as st

from components.host import library
from components.watching import draw_choice, draw_video

video_id = st.query_params.get("video")
if video_id is None:
    draw_choice(library(), library().videos())
else:
    draw_video(library(), library().video(video_id))
