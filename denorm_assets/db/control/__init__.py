"""The control schema `denorm`: migrations, registered read models, ranges, leases, locks, flags and logs."""
