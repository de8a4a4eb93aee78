"""From a changed row to the anchors whose rows it can alter: the blocks of a definition, their joins, and the paths."""
