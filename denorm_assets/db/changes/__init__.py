"""From the change log to rows: dispatch to pending anchors, drain, and the log of refreshes."""
