"""What pages draw on the server: labels, timelines, plans; a template writes the numbers out."""
