"""Asset checks, and reports of their results."""
