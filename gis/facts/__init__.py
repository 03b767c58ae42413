"""What is known of every subject on a day: records in, one row per subject out."""
