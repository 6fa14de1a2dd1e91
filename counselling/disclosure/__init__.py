"""Contact details that a student left sealed: two people of different roles open them together, or the person
on call alone where the student allowed that for danger to life.

The private keys are wrapped by secrets that only their holders know, so that neither the database nor the key
files open a box.
"""
