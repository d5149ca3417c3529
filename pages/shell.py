"""The script that Streamlit runs: door, frame, navigation, and the boundary around every page."""

import streamlit as st

from components.faults import boundary, show_notices
from components.frame import draw_frame
from components.sign_in import MARK_INSIDE, asks_sign_in, draw_sign_in, may_enter, sign_out

st.set_page_config(page_title="Cuepoint", page_icon=MARK_INSIDE, layout="wide")
if not may_enter():
    draw_sign_in()
    st.stop()
pages = [
    st.Page("search.py", title="Search", icon=":material/search:", default=True),
    st.Page("library.py", title="Library", icon=":material/video_library:"),
    st.Page("browse.py", title="Watch", icon=":material/play_circle:", url_path="watch"),
    st.Page("shots.py", title="Shots", icon=":material/playlist_play:"),
    st.Page("insights.py", title="Insights", icon=":material/insights:"),
    st.Page("status.py", title="Status", icon=":material/monitor_heart:"),
]
if asks_sign_in():
    pages.append(st.Page(sign_out, title="Sign out", icon=":material/logout:", url_path="sign-out"))
page = st.navigation(pages, position="top")
draw_frame()
show_notices()
with boundary():
    page.run()
