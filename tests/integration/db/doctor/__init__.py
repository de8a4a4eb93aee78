"""The doctor, topic by topic; `tests/stress/doctor` plants troubles and fixes them."""
