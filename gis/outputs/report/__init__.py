"""A run as people read it: the table on the terminal and the workbook; nothing here judges."""
