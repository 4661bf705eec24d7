"""What a device can do at most, and how near each instruction comes."""
