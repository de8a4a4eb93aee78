"""The cache: what Redis holds of a system, who may trust it, and why it is never wrong for long.

**Keys.** `denorm:1:<environment>:<system>:<database>:<cache>:<owner>` is a *slot*; 1 is the version of this schema,
`<database>` tells databases apart that share a server (a hash of the cluster's identifier and the database's number).
In place of an owner, `!` is the *heartbeat* and `?` a hash of hits and misses. Nothing else is ever stored.

**Slots.** A slot is absent, a *lease* (somebody is loading) or a *value*; see `values`. An empty set is a value: it
tells "none" from "not loaded". Every slot expires, a value after its cache's `ttl`, a lease after two seconds.

**The rule that keeps older states out.** A loader takes the lease *before* it reads PostgreSQL, and its value is put in
place only if the slot still holds that very lease (compare and set). Whoever knows of a change deletes the slot *after*
its commit. So a value that stands after the deletion was read by a loader whose lease is younger than the deletion, and
hence sees the commit; in whatever order transactions commit, and however late a loader's answer arrives. There is no
order of versions to get wrong: sequences commit out of order, snapshots begin anew after a crash, and a tombstone with
a version is lost when Redis is emptied, evicts, restarts or fails over, whereupon an older fill revives what it kept
out. Here absence itself is the tombstone: it refuses every fill that did not begin after it, and cannot be lost.

**The rule that bounds staleness.** Changes reach the cache by the change log: a *keeper* (the worker, or a sensor)
deletes the slots of owners that they affect, and then renews its heartbeat: `!` says for less than a second that all
changes committed before a certain moment were dealt with. Readers take a heartbeat and a slot in one command, and trust
the slot only under a heartbeat. So where no keeper lives, or it cannot reach either server, PostgreSQL answers; slow,
not wrong. The heartbeat carries a *tag*, hashed of the Redis server's run, PostgreSQL's history, the registration, the
definition's version and its generation (which grows when everything is stale); a value under another tag is void. A
Redis server that was restarted or failed over has another run: what it kept, or was replicated without the last
deletions, is void too. So is what was read from a PostgreSQL server whose last commits a failover or a crash lost.
Keepers of several environments, or Redis databases, would take each other's changes from the same queue: where another
one has looked, a new generation begins.

**Counts** may cost more than the time between two changes, and would never be held. So a change does not delete them:
whoever commits one appends it to the slot, lease or value, with its transaction (`scripts.ADD`). Whoever counts puts
the new number in place with those that the snapshot of the count does not see. The keeper then leaves it alone, if each
change was the only one of its transaction and the count holds that transaction, added or seen: it is right already.
(Which transaction, only the changes of counts of one table's rows say; see `014_transactions.sql`.) All else that is
held or being loaded the keeper counts anew, the same way; what takes it long is deleted like a set.

**Writes** are committed in PostgreSQL before they are answered; then the client deletes the slot, and adds to counts
that it knows of. That is for speed alone: what a crash leaves undone, the keeper does.
"""
