"""SQL of capture: its functions and triggers, and from a logged change to the anchors that it affects."""
