"""What was handed out, read back and held against what should stand there; nothing here judges."""
