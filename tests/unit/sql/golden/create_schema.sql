-- plain
CREATE SCHEMA IF NOT EXISTS "app";

-- odd
CREATE SCHEMA IF NOT EXISTS "My ""100%"" {app}";
