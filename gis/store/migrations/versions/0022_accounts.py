"""Accounts, sessions, keys, tokens, the audit, uploads and dismissals."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_LAND = """
    is_unscoped boolean NOT NULL,
    regions text[] NOT NULL,
    parks text[] NOT NULL,
    blocks text[] NOT NULL"""
_TABLES = {
    "account": f"""
    name text PRIMARY KEY,
    roles text[] NOT NULL,{_LAND},
    password_hash text,
    password_set_at timestamptz,
    must_change_password boolean NOT NULL,
    is_disabled boolean NOT NULL,
    created_at timestamptz NOT NULL""",
    "session": """
    token_hash text PRIMARY KEY,
    account text NOT NULL,
    csrf_hash text NOT NULL,
    address text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    revoked_at timestamptz""",
    "api_key": f"""
    name text PRIMARY KEY,
    secret_hash text NOT NULL,
    roles text[] NOT NULL,{_LAND},
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz""",
    "embed_token": f"""
    name text PRIMARY KEY,{_LAND},
    layers text[] NOT NULL,
    as_of date,
    language text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz""",
    "embed_exchange": """
    nonce text PRIMARY KEY,
    token text NOT NULL,
    exchanged_at timestamptz NOT NULL""",
    "login_failure": """
    id bigserial PRIMARY KEY,
    account text NOT NULL,
    address text NOT NULL,
    failed_at timestamptz NOT NULL""",
    "audit": """
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    address text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    result text NOT NULL,
    algorithm text NOT NULL,
    previous text NOT NULL,
    digest text NOT NULL""",
    # One row: where the audit stands. Written with every entry, so entries wait for each other.
    "audit_head": """
    id integer PRIMARY KEY,
    number bigint NOT NULL,
    digest text NOT NULL""",
    "upload": """
    id text PRIMARY KEY,
    account text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    sha256 text,
    bytes bigint NOT NULL,
    state text NOT NULL,
    report jsonb,
    delivery integer,
    received_at timestamptz NOT NULL,
    decided_at timestamptz""",
    "dismissal": """
    id text PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    account text NOT NULL,
    at timestamptz NOT NULL,
    taken_back_by text,
    taken_back_at timestamptz""",
}
_INDEXES = (
    "session_account ON landwatch.session (account)",
    "api_key_secret ON landwatch.api_key (secret_hash)",
    "login_failure_account ON landwatch.login_failure (account, failed_at)",
    "login_failure_address ON landwatch.login_failure (address, failed_at)",
    "audit_at ON landwatch.audit (at)",
)
# No statement of ours ever changes an entry; one that does by mistake is refused.
_APPEND_ONLY = (
    """CREATE FUNCTION landwatch.keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'landwatch.audit is only ever added to';
    END $$""",
    """CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON landwatch.audit
    FOR EACH STATEMENT EXECUTE FUNCTION landwatch.keep_audit()""",
)


def upgrade() -> None:
    for name, columns in _TABLES.items():
        op.execute(f"CREATE TABLE landwatch.{name} ({columns})")
    for index in _INDEXES:
        op.execute(f"CREATE INDEX {index}")
    op.execute("INSERT INTO landwatch.audit_head VALUES (1, 0, '')")
    for statement in _APPEND_ONLY:
        op.execute(statement)


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.execute(f"DROP TABLE landwatch.{name}")
    op.execute("DROP FUNCTION landwatch.keep_audit()")
