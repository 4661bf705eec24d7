"""Where a compile's time goes, and why."""
