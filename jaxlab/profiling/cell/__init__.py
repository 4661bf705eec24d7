"""What a whole cell or block takes, run once and as it stands."""
