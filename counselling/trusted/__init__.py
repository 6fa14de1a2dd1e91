"""Relatives or friends whom a student asks into one live session. They see that session and nothing else."""
