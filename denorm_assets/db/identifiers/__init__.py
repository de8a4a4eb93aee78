"""Text identifiers that become `uuid`, in steps of which none makes the application wait or fail."""
