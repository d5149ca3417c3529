"""Twelve Labs through its official SDK: Marengo's embeddings of videos and of queries."""
