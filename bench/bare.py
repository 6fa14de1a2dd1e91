"""The least that a Flask page can cost on this server: a route that gives a fixed string."""

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.get("/")
def say_hello() -> str:
    return "Hello"
