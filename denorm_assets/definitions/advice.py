"""What a badge in the UI means, and what to click; part of every read model's description."""

CODE_VERSION_ADVICE = (
    "\n\nAn *outdated code version* badge means that the definition or the declaration changed since this was "
    "materialized. Materialize the system's phase: it rebuilds what people read, who see the old rows until the new "
    "ones are compared. Then materialize this asset (all of its partitions, where it has some), and the badge goes: "
    "rows that are right are not written again."
)
