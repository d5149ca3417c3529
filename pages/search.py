"""Search: words and a sample in, moments out, watched in the player beside them."""

from components.host import library
from components.query_bar import query_bar
from components.search_stage import draw_stage
from components.search_states import draw_empty_library, draw_empty_query, draw_indexing
from components.searches import remember
from components.spaces import draw_other_space
from components.turns import TURNS

answered = False
with TURNS.turn():
    videos = library().videos()
    if not videos:
        draw_empty_library(library())
    else:
        bar = query_bar(library(), videos)
        draw_other_space(library())
        draw_indexing(library())
        if bar.request.empty:
            draw_empty_query(library(), videos)
        else:
            answered = draw_stage(library(), bar, videos)
# All is drawn: nobody else has to wait until the disk has it.
if answered:
    remember(library(), bar.request, videos)
