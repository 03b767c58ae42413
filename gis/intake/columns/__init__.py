"""Foreign columns to the dictionary's: headers matched, cells read, doubts told.

mapping         headers matched (constants, header_profile: what a person or an earlier file says)
read            all columns of a kind
cells           cells as they came, once per distinct value
values          any column: text, identifiers, codes, flags, lists (days, amounts, ids)
looks           what cells look like, whatever stands over them
lost_columns    columns nobody asked for by name, and which they may be
row_names       what each row is known by
"""
