"""Where a device's time goes, instruction by instruction, and which lines it is for."""
