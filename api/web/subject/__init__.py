"""The page of one subject: a supply, or a piece of an approval, and all that is known of it."""
