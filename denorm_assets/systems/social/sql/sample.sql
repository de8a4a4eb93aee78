-- Sample data for `social`: deterministic (hashes, no random()) within an hour; few projects and builders have most of
-- the votes, comments and badges, and some builders none at all. %(scale)s projects, half as many builders, some ten
-- votes and comments per project. Times run from 2024 up to the present hour, so that "this week" is never empty.
-- u(k, seed) is uniform in [0, 1); below(k, seed, n, skew) is in 1..n, the smaller the more often.

CREATE FUNCTION pg_temp.u(k bigint, seed bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(k, seed) & 9007199254740991)::double precision / 9007199254740992;

CREATE FUNCTION pg_temp.below(k bigint, seed bigint, n bigint, skew double precision)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1 + floor(n * power((hashint8extended(k, seed) & 9007199254740991)::double precision / 9007199254740992, skew));

-- IDs of projects have gaps.
CREATE FUNCTION pg_temp.project(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN n + n / 10;

-- A project that many others vote for: any age, since the ranks are spread over all projects by a large prime.
CREATE FUNCTION pg_temp.popular(k bigint, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_temp.project(1 + (pg_temp.below(k, seed, %(scale)s, 2) * 1000003) %% %(scale)s);

-- Nine builders in ten do anything; the first ones do most.
CREATE FUNCTION pg_temp.builder(k bigint, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_temp.below(k, seed, greatest(10, %(scale)s / 2) * 9 / 10, 1.6);

CREATE FUNCTION pg_temp.present() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN date_trunc('hour', now());

-- A time between `since` and the present hour, early ones more often.
CREATE FUNCTION pg_temp.later(since timestamptz, k bigint, seed bigint)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN since + (pg_temp.present() - since) * power(pg_temp.u(k, seed), 3);

-- Growth: the n-th of `total` came at this time.
CREATE FUNCTION pg_temp.grown(n bigint, total bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN timestamptz '2024-01-01 00:00:00+00'
    + (pg_temp.present() - timestamptz '2024-01-01 00:00:00+00') * power(n::double precision / total, 0.7);

CREATE FUNCTION pg_temp.said(k bigint, seed bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['Works well for me', 'Could not get it to start', 'The second version is much faster',
    'Where is the code?', 'We use it at work', 'A neat idea', 'How does it scale?', 'Please add a dark theme'])
    [pg_temp.below(k, seed, 8, 1.3)]
    || (ARRAY['.', '; thank you.', ' on an old laptop.', ', and so do my friends.', ' with a large file.'])
    [pg_temp.below(k, seed + 1, 5, 1)];

INSERT INTO social.users (id, username, display_name, bio, location, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT n, lower(name.first) || '_' || lower(name.last) || '_' || n, name.first || ' ' || name.last,
    CASE WHEN n %% 3 = 0 THEN '' ELSE 'Builds ' || (ARRAY['compilers', 'gardens', 'games', 'maps', 'robots', 'tools'])
        [pg_temp.below(n, 3, 6, 1)] || ' in ' || (ARRAY['python', 'rust', 'wood', 'javascript', 'C'])
        [pg_temp.below(n, 4, 5, 1.4)] END,
    (ARRAY['Berlin', 'Asunción', 'Lagos', 'Kyoto', 'Austin', 'Tallinn', 'Pune', 'Oslo', ''])
        [pg_temp.below(n, 5, 9, 1.5)],
    pg_temp.grown(n, greatest(10, %(scale)s / 2)), pg_temp.grown(n, greatest(10, %(scale)s / 2))
FROM generate_series(1, greatest(10, %(scale)s / 2)) AS n
CROSS JOIN LATERAL (
    SELECT (ARRAY['Ada', 'Amara', 'Barbara', 'Boris', 'Chinua', 'Clara', 'Dmitri', 'Edsger', 'Eszter', 'Farida',
        'Felix', 'Grace', 'Hana', 'Hiro', 'Inés', 'Ivan', 'Jomo', 'Judith', 'Katharina', 'Kofi', 'Linus', 'Lucía',
        'Margaret', 'Mateo', 'Ngozi', 'Nils', 'Óscar', 'Priya', 'Rosa', 'Samir', 'Tove', 'Yuki'])
        [pg_temp.below(n, 1, 32, 1)] AS first,
        (ARRAY['Adebayo', 'Almeida', 'Benítez', 'Bianchi', 'Curie', 'Chen', 'Dijkstra', 'Duarte', 'Eriksen', 'Fischer',
        'Fontaine', 'Gupta', 'Haddad', 'Hopper', 'Ito', 'Ivanova', 'Johnson', 'Kamau', 'Kovács', 'Larsen', 'Lovelace',
        'Martins', 'Mwangi', 'Nakamura', 'Novák', 'Okafor', 'Petrov', 'Quispe', 'Rossi', 'Sato', 'Turing', 'Villalba'])
        [pg_temp.below(n, 2, 32, 1)] AS last
) AS name;

INSERT INTO social.tags (id, name, created_at)
OVERRIDING SYSTEM VALUE
SELECT n, (ARRAY['', 'open ', 'mobile ', 'embedded ', 'realtime '])[1 + (n - 1) / 24] || (ARRAY[
    'python', 'javascript', 'rust', 'postgresql', 'react', 'golang', 'machine learning', 'docker', 'kubernetes',
    'typescript', 'design', 'robotics', 'music', 'health', 'education', 'climate', 'games', 'maps', 'finance',
    'security', 'photography', 'writing', 'hardware', 'science'])
    [1 + (n - 1) %% 24], timestamptz '2024-01-01 00:00:00+00'
FROM generate_series(1, 120) AS n;

-- Zipf: rank r of 120 has probability proportional to 1/r, which is floor(120 ^ u) for a uniform u.
INSERT INTO social.projects
    (id, owner_id, slug, title, tagline, description, category, status, seeks_team, quality, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT pg_temp.project(n), pg_temp.builder(n, 11),
    regexp_replace(lower(words.adjective || ' ' || about.subject || ' ' || words.noun), ' ', '-', 'g') || '-' || n,
    words.adjective || ' ' || about.subject || ' ' || words.noun,
    'The ' || lower(words.adjective) || ' ' || words.noun || ' that '
        || (ARRAY['saves time', 'scales', 'you can trust', 'runs anywhere', 'explains itself'])
            [pg_temp.below(n, 15, 5, 1)],
    'Built with ' || t.name || ' and patience. ' || pg_temp.said(n, 16) || ' ' || pg_temp.said(n, 18),
    (ARRAY['web', 'data', 'mobile', 'devtools', 'hardware', 'art'])[pg_temp.below(n, 20, 6, 1.5)],
    CASE WHEN pg_temp.u(n, 21) < 0.06 THEN 'draft' WHEN pg_temp.u(n, 21) < 0.08 THEN 'hidden' ELSE 'published' END,
    pg_temp.u(n, 22) < 0.05, floor(100 * pg_temp.u(n, 23)),
    pg_temp.grown(n, %(scale)s), pg_temp.later(pg_temp.grown(n, %(scale)s), n, 24)
FROM generate_series(1, %(scale)s) AS n
CROSS JOIN LATERAL (
    SELECT (ARRAY['Tiny', 'Fast', 'Friendly', 'Distributed', 'Visual', 'Offline', 'Honest', 'Portable'])
        [pg_temp.below(n, 12, 8, 1)] AS adjective,
        (ARRAY['dashboard', 'editor', 'compiler', 'tracker', 'playground', 'scheduler', 'atlas', 'assistant', 'archive',
        'simulator'])[pg_temp.below(n, 13, 10, 1.2)] AS noun
) AS words
JOIN social.tags AS t ON t.id = floor(power(120, pg_temp.u(n * 4, 14)))
CROSS JOIN LATERAL (
    SELECT CASE WHEN pg_temp.u(n, 26) < 0.25 THEN t.name ELSE (ARRAY['invoice', 'recipe', 'garden', 'bicycle', 'chess',
        'weather', 'podcast', 'library', 'kitchen', 'wallet', 'telescope', 'orchestra', 'harbour', 'museum', 'clinic',
        'bakery'])[pg_temp.below(n, 27, 16, 1)] END AS subject
) AS about;

INSERT INTO social.project_tags (project_id, tag_id)
SELECT pg_temp.project(n), floor(power(120, pg_temp.u(n * 4 + slot, 14)))
FROM generate_series(1, %(scale)s) AS n
CROSS JOIN LATERAL generate_series(0, floor(4 * pg_temp.u(n, 25))::integer - 1) AS slot
GROUP BY 1, 2;

INSERT INTO social.votes (project_id, user_id, value, created_at)
SELECT v.project_id, v.user_id, CASE WHEN pg_temp.u(v.n, 33) < 0.08 THEN -1 ELSE 1 END,
    pg_temp.later(p.created_at, v.n, 34)
FROM (
    SELECT pg_temp.popular(n, 31) AS project_id, pg_temp.builder(n, 32) AS user_id, min(n) AS n
    FROM generate_series(1, %(scale)s::bigint * 15 / 2) AS n
    GROUP BY 1, 2
) AS v
JOIN social.projects AS p ON p.id = v.project_id
ORDER BY v.n;

INSERT INTO social.comments (project_id, user_id, body, created_at, updated_at)
SELECT p.id, pg_temp.builder(n, 42), pg_temp.said(n, 43), pg_temp.later(p.created_at, n, 45),
    pg_temp.later(p.created_at, n, 45)
FROM generate_series(1, %(scale)s::bigint * 3) AS n
JOIN social.projects AS p ON p.id = pg_temp.popular(n, 41);

INSERT INTO social.badges (project_id, user_id, kind, weight, created_at)
SELECT p.id, pg_temp.builder(n, 52), kind.name, kind.weight, pg_temp.later(p.created_at, n, 54)
FROM generate_series(1, %(scale)s / 2) AS n
JOIN social.projects AS p ON p.id = pg_temp.popular(n, 51)
JOIN (VALUES (1, 'wood', 1), (2, 'stone', 3), (3, 'silver', 10), (4, 'gold', 30)) AS kind (id, name, weight)
    ON kind.id = pg_temp.below(n, 53, 4, 2.5);

INSERT INTO social.conversations (id, title, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT n, CASE WHEN n %% 7 = 0 THEN 'Team ' || n ELSE '' END, pg_temp.grown(n, greatest(10, %(scale)s / 4)),
    pg_temp.grown(n, greatest(10, %(scale)s / 4))
FROM generate_series(1, greatest(10, %(scale)s / 4)) AS n;

INSERT INTO social.conversation_participants (conversation_id, user_id, last_read_at)
SELECT c.id, pg_temp.builder(c.id * 4 + slot, 62),
    CASE WHEN slot = 1 OR pg_temp.u(c.id, 63) < 0.6 THEN pg_temp.later(c.created_at, c.id, 64) END
FROM social.conversations AS c
CROSS JOIN generate_series(1, 3) AS slot
WHERE slot < 3 OR c.title <> ''
ON CONFLICT DO NOTHING;

INSERT INTO social.messages (conversation_id, sender_id, body, created_at)
SELECT c.id, cp.user_id, pg_temp.said(n, 72), pg_temp.later(c.created_at, n, 74)
FROM generate_series(1, greatest(10, %(scale)s / 4) * 6) AS n
JOIN social.conversations AS c ON c.id = pg_temp.below(n, 71, greatest(10, %(scale)s / 4), 1.5)
CROSS JOIN LATERAL (
    SELECT user_id FROM social.conversation_participants
    WHERE conversation_id = c.id ORDER BY hashint8extended(user_id, n) LIMIT 1
) AS cp;

INSERT INTO social.intro_requests (requester_id, recipient_id, project_id, status, note, created_at, updated_at)
SELECT asked.requester_id, asked.recipient_id, p.id,
    (ARRAY['pending', 'accepted', 'declined'])[pg_temp.below(asked.n, 83, 3, 1)], pg_temp.said(asked.n, 84),
    pg_temp.later(p.created_at, asked.n, 86), pg_temp.later(p.created_at, asked.n, 86)
FROM (
    SELECT n, pg_temp.builder(n, 81) AS requester_id, pg_temp.builder(n, 82) AS recipient_id
    FROM generate_series(1, %(scale)s) AS n
) AS asked
JOIN social.projects AS p ON p.id = pg_temp.popular(asked.n, 85)
WHERE asked.requester_id <> asked.recipient_id;

INSERT INTO social.chains (id, owner_id, slug, name, description, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT n, pg_temp.builder(n, 91), 'chain-' || n, initcap(t.name) || ' chain ' || n, pg_temp.said(n, 93),
    pg_temp.grown(n, greatest(5, %(scale)s / 20)), pg_temp.grown(n, greatest(5, %(scale)s / 20))
FROM generate_series(1, greatest(5, %(scale)s / 20)) AS n
JOIN social.tags AS t ON t.id = floor(power(120, pg_temp.u(n, 92)));

INSERT INTO social.chain_projects (chain_id, project_id, position, created_at)
SELECT c.id, pg_temp.popular(c.id * 32 + slot, 95), min(slot), min(pg_temp.later(c.created_at, c.id * 32 + slot, 96))
FROM social.chains AS c
CROSS JOIN LATERAL generate_series(1, floor(20 * power(pg_temp.u(c.id, 94), 2))::integer) AS slot
GROUP BY 1, 2;

INSERT INTO social.chain_followers (chain_id, user_id, created_at)
SELECT c.id, f.user_id, pg_temp.later(c.created_at, f.n, 99)
FROM (
    SELECT pg_temp.below(n, 97, greatest(5, %(scale)s / 20), 2) AS chain_id, pg_temp.builder(n, 98) AS user_id,
        min(n) AS n
    FROM generate_series(1, %(scale)s / 2) AS n
    GROUP BY 1, 2
) AS f
JOIN social.chains AS c ON c.id = f.chain_id;

INSERT INTO social.forums (id, slug, name, created_at)
OVERRIDING SYSTEM VALUE
SELECT n, slug, initcap(slug), timestamptz '2024-01-01 00:00:00+00'
FROM unnest(ARRAY['help', 'show', 'meta', 'hiring', 'ideas', 'hardware', 'off-topic', 'events'])
    WITH ORDINALITY AS forum (slug, n);

INSERT INTO social.forum_threads (id, forum_id, author_id, title, body, is_pinned, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT n, pg_temp.below(n, 101, 8, 1.7), pg_temp.builder(n, 102),
    (ARRAY['How do you deploy ', 'Who else uses ', 'Looking for reviews of ', 'Best way to learn '])
        [pg_temp.below(n, 103, 4, 1)] || t.name || '?',
    pg_temp.said(n, 104), pg_temp.u(n, 106) < 0.004, pg_temp.grown(n, greatest(10, %(scale)s / 8)),
    pg_temp.grown(n, greatest(10, %(scale)s / 8))
FROM generate_series(1, greatest(10, %(scale)s / 8)) AS n
JOIN social.tags AS t ON t.id = floor(power(120, pg_temp.u(n, 107)));

INSERT INTO social.forum_posts (thread_id, author_id, body, created_at, updated_at)
SELECT t.id, pg_temp.builder(n, 112), pg_temp.said(n, 113), pg_temp.later(t.created_at, n, 115),
    pg_temp.later(t.created_at, n, 115)
FROM generate_series(1, greatest(10, %(scale)s / 8) * 5) AS n
JOIN social.forum_threads AS t ON t.id = pg_temp.below(n, 111, greatest(10, %(scale)s / 8), 2);

INSERT INTO social.thread_upvotes (thread_id, user_id, created_at)
SELECT t.id, up.user_id, pg_temp.later(t.created_at, up.n, 123)
FROM (
    SELECT pg_temp.below(n, 121, greatest(10, %(scale)s / 8), 2) AS thread_id, pg_temp.builder(n, 122) AS user_id,
        min(n) AS n
    FROM generate_series(1, greatest(10, %(scale)s / 8) * 4) AS n
    GROUP BY 1, 2
) AS up
JOIN social.forum_threads AS t ON t.id = up.thread_id;

SELECT setval(pg_get_serial_sequence('social.users', 'id'), (SELECT max(id) FROM social.users));
SELECT setval(pg_get_serial_sequence('social.tags', 'id'), (SELECT max(id) FROM social.tags));
SELECT setval(pg_get_serial_sequence('social.projects', 'id'), (SELECT max(id) FROM social.projects));
SELECT setval(pg_get_serial_sequence('social.conversations', 'id'), (SELECT max(id) FROM social.conversations));
SELECT setval(pg_get_serial_sequence('social.chains', 'id'), (SELECT max(id) FROM social.chains));
SELECT setval(pg_get_serial_sequence('social.forums', 'id'), (SELECT max(id) FROM social.forums));
SELECT setval(pg_get_serial_sequence('social.forum_threads', 'id'), (SELECT max(id) FROM social.forum_threads));

-- Fuzzy search needs trigrams, which are in PostgreSQL's contrib.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

DROP FUNCTION pg_temp.popular(bigint, bigint);
DROP FUNCTION pg_temp.project(bigint);
DROP FUNCTION pg_temp.builder(bigint, bigint);
DROP FUNCTION pg_temp.later(timestamptz, bigint, bigint);
DROP FUNCTION pg_temp.grown(bigint, bigint);
DROP FUNCTION pg_temp.present();
DROP FUNCTION pg_temp.said(bigint, bigint);
DROP FUNCTION pg_temp.below(bigint, bigint, bigint, double precision);
DROP FUNCTION pg_temp.u(bigint, bigint);
ANALYZE social.users, social.tags, social.projects, social.project_tags, social.votes, social.comments, social.badges,
    social.conversations, social.conversation_participants, social.messages, social.intro_requests, social.chains,
    social.chain_projects, social.chain_followers, social.forums, social.forum_threads, social.forum_posts,
    social.thread_upvotes;
