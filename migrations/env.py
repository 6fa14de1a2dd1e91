"""How Alembic runs our one chain of revisions on SQLite and on PostgreSQL.

On SQLite a changed table is rebuilt and the old one dropped; with foreign keys on, the drop would delete its
children. So they are off before BEGIN, checked before the commit, and on again afterwards.
"""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, inspect, types
from sqlalchemy.types import TypeDecorator

from core.db import db
from core.installation import prepare_data_directory, remember_keys
from core.models import Installation
from core.web import settings_of


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our column types as the plain types that lie beneath, so that old revisions never import today's
    code.
    """
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    names = {
        "PublicId": "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')",
        "UtcDateTime": "sa.DateTime(timezone=True)",
    }
    return names.get(type(item).__name__, "sa.LargeBinary()")


def compare_type(
    _context: Any, _column: Any, _meta_column: Any, inspected: types.TypeEngine[Any], declared: Any
) -> bool | None:
    """On SQLite an INTEGER column is what both BigInteger ids and plain integers are."""
    if isinstance(inspected, types.Integer) and type(declared).__name__ == "PublicId":
        return False
    return None


def run(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        migrate(connection)
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        migrate(connection)
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=compare_type,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            refuse_broken_references(connection)


def refuse_broken_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration would break {len(broken)} references; nothing was changed")


settings = settings_of(current_app)
prepare_data_directory(settings)
with db.engine.connect().execution_options(stoa_writing=True) as connection:
    run(connection)
if inspect(db.engine).has_table(Installation.__tablename__):
    remember_keys(current_app)
    current_app.extensions["stoa_first_start"]()
