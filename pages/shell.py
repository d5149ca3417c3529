"""The script that Streamlit runs: frame, navigation, and the boundary around every page."""

import streamlit as st

from components.faults import boundary, show_notices
from components.frame import MARK, draw_frame

st.set_page_config(page_title="Cuepoint", page_icon=MARK, layout="wide")
page = st.navigation(
    [
        st.Page("search.py", title="Search", icon=":material/search:", default=True),
        st.Page("library.py", title="Library", icon=":material/video_library:"),
        st.Page("browse.py", title="Watch", icon=":material/play_circle:", url_path="watch"),
        st.Page("shots.py", title="Shots", icon=":material/playlist_play:"),
        st.Page("insights.py", title="Insights", icon=":material/insights:"),
        st.Page("status.py", title="Status", icon=":material/monitor_heart:"),
    ],
    position="top",
)
draw_frame()
show_notices()
with boundary():
    page.run()
