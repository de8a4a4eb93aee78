"""The first quarter of an hour of somebody who knows only the guide, on databases that nobody here designed."""
