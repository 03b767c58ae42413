"""Control values a bureau sets, what was found when capacity was due, what a project plans."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None

_KINDS = {
    "control_values": """
        indicator text, region_code text, park_code text, industry_code text,
        industry_edition text, least double precision, most double precision, unit text,
        document text, from_on date, until_on date
    """,
    "acceptances": """
        document text, project_code text, supply_no text, checked_on date,
        land_m2 double precision, floor_area_m2 double precision, footprint_m2 double precision,
        yard_m2 double precision, office_land_m2 double precision,
        office_floor_m2 double precision, invested_with_price_fen bigint
    """,
}
_PLANNED = (
    "industry_code text",
    "industry_edition text",
    "planned_floor_m2 double precision",
    "planned_footprint_m2 double precision",
    "planned_yard_m2 double precision",
    "planned_office_land_m2 double precision",
    "planned_office_floor_m2 double precision",
    "planned_investment_fen bigint",
    "planned_output_fen bigint",
    "planned_tax_fen bigint",
)


def upgrade() -> None:
    for name, columns in _KINDS.items():
        op.execute(f"""
            CREATE TABLE landwatch.{name} (
                id bigserial PRIMARY KEY, key text NOT NULL, from_delivery integer NOT NULL,
                to_delivery integer, row_no integer NOT NULL, file text NOT NULL,
                effective_on date, as_came jsonb, {columns}
            )
        """)
        op.execute(
            f"CREATE UNIQUE INDEX {name}_current ON landwatch.{name} (key)"
            " WHERE to_delivery IS NULL"
        )
        op.execute(
            f"CREATE INDEX {name}_ended ON landwatch.{name} (to_delivery, key)"
            " WHERE to_delivery IS NOT NULL"
        )
        op.execute(f"CREATE INDEX {name}_from ON landwatch.{name} (from_delivery)")
    added = ", ".join(f"ADD COLUMN {column}" for column in _PLANNED)
    op.execute(f"ALTER TABLE landwatch.projects {added}")


def downgrade() -> None:
    names = [column.partition(" ")[0] for column in _PLANNED]
    op.execute(
        f"LOCK TABLE landwatch.projects, {', '.join(f'landwatch.{name}' for name in _KINDS)}"
    )
    held = " OR ".join(f"EXISTS (SELECT FROM landwatch.{name})" for name in _KINDS)
    held += (
        f" OR EXISTS (SELECT FROM landwatch.projects WHERE num_nonnulls({', '.join(names)}) > 0)"
    )
    if op.get_bind().exec_driver_sql(f"SELECT ({held})").scalar_one():
        raise StoreError(
            "这一步升级不能撤回，会删去已有的记录。 "
            "revision 0039 cannot be taken back: that would delete every control value",
            "恢复升级前的备份 restore the backup made before the upgrade",
        )
    for name in _KINDS:
        op.execute(f"DROP TABLE landwatch.{name}")
    dropped = ", ".join(f"DROP COLUMN {name}" for name in names)
    op.execute(f"ALTER TABLE landwatch.projects {dropped}")
