"""Meeting at a set time: the slots that professionals publish, and what students book.

Nothing outside the key of a case says which slot it booked: whoever stole the database cannot wait at a door.
"""
