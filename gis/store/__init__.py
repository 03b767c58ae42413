"""The store: every version of every record, the deliveries they came in, and the stored runs."""
