-- The role the application's processes sign in with: it reads and writes rows and owns nothing, so it can neither
-- TRUNCATE the journal nor take its triggers off. Migrations run as the owner of the database.
-- Run once, as the owner, in the application's database, before the first migration.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'accord_app') THEN
        CREATE ROLE accord_app LOGIN;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO accord_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO accord_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO accord_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO accord_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO accord_app;
