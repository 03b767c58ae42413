"""What is wrong with rows once they are read: their shapes, their place, themselves.

geometry     shapes checked and, where one reading is beyond doubt, repaired (rings)
placement    the coordinate system, never against a delivery's own numbers
consistency  days out of order, a part larger than the whole
declared     declared areas beside those of the shapes
"""
