({scope}
  AND NOT EXISTS (SELECT FROM arriving AS new WHERE new.key = old.key)
  AND old.key <> ALL ({refused})
  AND regexp_replace(old.key, '~[0-9]+$', '') <> ALL ({refused}))
