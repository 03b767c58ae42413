"""Jobs: long work that waits for its worker, how far it is, what it said, what came of it."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE landwatch.job (
            id bigserial PRIMARY KEY,
            kind text NOT NULL,
            arguments jsonb NOT NULL,
            owner text NOT NULL,
            is_unscoped boolean NOT NULL,
            regions text[] NOT NULL,
            parks text[] NOT NULL,
            blocks text[] NOT NULL,
            once_key text,
            state text NOT NULL,
            attempt_count integer NOT NULL,
            code_digest text NOT NULL,
            ran_code_digest text,
            queued_at timestamptz NOT NULL,
            started_at timestamptz,
            finished_at timestamptz,
            cancel_asked_at timestamptz,
            cancel_asked_by text,
            done_count bigint,
            total_count bigint,
            message_zh text,
            message_en text,
            result jsonb,
            fault text,
            mend text,
            files jsonb NOT NULL,
            files_until timestamptz
        )
    """)
    op.execute(
        "CREATE UNIQUE INDEX job_once ON landwatch.job (once_key) WHERE once_key IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX job_unfinished ON landwatch.job (id) WHERE state IN ('queued', 'running')"
    )
    op.execute("CREATE INDEX job_with_files ON landwatch.job (files_until)"
               " WHERE files_until IS NOT NULL")  # fmt: skip
    op.execute("""
        CREATE TABLE landwatch.job_line (
            id bigserial PRIMARY KEY,
            job bigint NOT NULL,
            at timestamptz NOT NULL,
            zh text NOT NULL,
            en text NOT NULL
        )
    """)
    op.execute("CREATE INDEX job_line_job ON landwatch.job_line (job, id)")
    # Whoever writes a job tells all who watch, whatever program it is: the number of the job.
    op.execute("""
        CREATE FUNCTION landwatch.tell_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('landwatch_job', NEW.id::text);
            RETURN NULL;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER told AFTER INSERT OR UPDATE ON landwatch.job"
        " FOR EACH ROW EXECUTE FUNCTION landwatch.tell_of_job()"
    )


def downgrade() -> None:
    op.execute("DROP TABLE landwatch.job_line")
    op.execute("DROP TABLE landwatch.job")
    op.execute("DROP FUNCTION landwatch.tell_of_job()")
