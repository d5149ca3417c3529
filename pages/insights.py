"""Insights: what is in the footage, as a map, groups, outliers, repeats, trends and coverage."""

from components.host import library
from components.insight_page import draw_insights

draw_insights(library())
