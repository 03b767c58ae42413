"""The history of the store's tables, one file per change, applied by Alembic."""
