-- Sample data for `notebooks`: deterministic (hashes, no random()) within an hour. %(scale)s notebooks, a fifth as many
-- users; early users and notebooks have most of everything, the latest users nothing. Times run from 2024 up to the
-- present hour. Identifiers are hashes of a table's name and a number, so that everybody can say which they are.
-- u(k, seed) is uniform in [0, 1); below(k, seed, n, skew) is in 1..n, the smaller the more often.

CREATE FUNCTION pg_temp.u(k bigint, seed bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(k, seed) & 9007199254740991)::double precision / 9007199254740992;

CREATE FUNCTION pg_temp.below(k bigint, seed bigint, n bigint, skew double precision)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1 + floor(n * power((hashint8extended(k, seed) & 9007199254740991)::double precision / 9007199254740992, skew));

-- As the older application writes them: str(uuid4()), which is lower-case with hyphens.
CREATE FUNCTION pg_temp.id(of_table text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN md5(of_table || ' ' || n)::uuid::text;

CREATE FUNCTION pg_temp.users() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(10, %(scale)s / 5);

-- Nine users in ten do anything; the first ones do most.
CREATE FUNCTION pg_temp.reader(k bigint, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_temp.below(k, seed, pg_temp.users() * 9 / 10, 1.6);

-- Whose notebook it is. The first one, which holds most, is the first user's.
CREATE FUNCTION pg_temp.owner(notebook bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN notebook = 1 THEN 1 ELSE pg_temp.reader(notebook, 11) END;

CREATE FUNCTION pg_temp.notebook(k bigint, seed bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_temp.below(k, seed, %(scale)s, 1.5);

-- A conversation or a note: mostly of the notebook's owner.
CREATE FUNCTION pg_temp.writer(notebook bigint, k bigint, seed bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_temp.u(k, seed) < 0.7 THEN pg_temp.owner(notebook) ELSE pg_temp.reader(k, seed + 1) END;

CREATE FUNCTION pg_temp.present() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN date_trunc('hour', now());

-- A time between `since` and the present hour, early ones more often.
CREATE FUNCTION pg_temp.later(since timestamptz, k bigint, seed bigint)
RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN pg_temp.present() - (pg_temp.present() - since) * (1 - power(pg_temp.u(k, seed), 3));

-- Growth: the n-th of `total` came at this time.
CREATE FUNCTION pg_temp.grown(n bigint, total bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN timestamptz '2024-01-01 00:00:00+00'
    + (pg_temp.present() - timestamptz '2024-01-01 00:00:00+00') * power(n::double precision / total, 0.7);

CREATE FUNCTION pg_temp.subject(k bigint, seed bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['glaciers', 'enzymes', 'trade winds', 'cathedrals', 'fermentation', 'tides', 'sonnets', 'protein folding',
    'railways', 'lichens', 'game theory', 'coffee', 'volcanoes', 'cartography', 'bees', 'monetary policy', 'jazz',
    'soil', 'cryptography', 'migration', 'looms', 'auroras', 'antibiotics', 'medieval law'])
    [pg_temp.below(k, seed, 24, 1.3)];

CREATE FUNCTION pg_temp.said(k bigint, seed bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['The second chapter explains ', 'What do the sources say about ', 'Two studies disagree on ',
    'A short summary of ', 'Compare the figures for ', 'There is no evidence yet for ', 'The survey of 2019 counts ',
    'Where does the author speak of '])[pg_temp.below(k, seed, 8, 1.3)]
    || pg_temp.subject(k, seed + 1) || ' and ' || pg_temp.subject(k, seed + 2)
    || (ARRAY['.', ', with a table.', '; see the appendix.', ', at some length.', ' in the north.'])
    [pg_temp.below(k, seed + 3, 5, 1)];

INSERT INTO notebooks.users (id, email, name, plan, created_at, updated_at)
SELECT pg_temp.id('users', n), lower(name.first) || '.' || lower(name.last) || '.' || n || '@example.org',
    name.first || ' ' || name.last,
    (ARRAY['free', 'free', 'free', 'plus', 'team'])[pg_temp.below(n, 3, 5, 1)],
    pg_temp.grown(n, pg_temp.users()), pg_temp.later(pg_temp.grown(n, pg_temp.users()), n, 4)
FROM generate_series(1, pg_temp.users()) AS n
CROSS JOIN LATERAL (
    SELECT (ARRAY['Ada', 'Amara', 'Boris', 'Chinua', 'Clara', 'Dmitri', 'Edsger', 'Eszter', 'Farida', 'Grace', 'Hana',
        'Hiro', 'Ivan', 'Jomo', 'Judith', 'Kofi', 'Linus', 'Margaret', 'Mateo', 'Ngozi', 'Nils', 'Priya', 'Rosa',
        'Yuki'])[pg_temp.below(n, 1, 24, 1)] AS first,
        (ARRAY['Adebayo', 'Almeida', 'Bianchi', 'Curie', 'Chen', 'Dijkstra', 'Eriksen', 'Fischer', 'Gupta', 'Haddad',
        'Hopper', 'Ito', 'Ivanova', 'Kamau', 'Larsen', 'Lovelace', 'Mwangi', 'Nakamura', 'Okafor', 'Petrov', 'Quispe',
        'Rossi', 'Sato', 'Turing'])[pg_temp.below(n, 2, 24, 1)] AS last
) AS name;

INSERT INTO notebooks.notebooks (id, owner_id, title, description, created_at, updated_at)
SELECT pg_temp.id('notebooks', n), pg_temp.id('users', pg_temp.owner(n)),
    initcap(pg_temp.subject(n, 13)) || (ARRAY[': notes', ': reading', ': questions', ', a review', ': data', ' again'])
        [pg_temp.below(n, 12, 6, 1)] || ' ' || n,
    CASE WHEN n %% 3 = 0 THEN '' ELSE pg_temp.said(n, 14) END,
    pg_temp.grown(n, %(scale)s), pg_temp.later(pg_temp.grown(n, %(scale)s), n, 18)
FROM generate_series(1, %(scale)s::bigint) AS n;

INSERT INTO notebooks.sources (id, notebook_id, kind, uri, title, status, created_at)
SELECT pg_temp.id('sources', n), pg_temp.id('notebooks', notebook),
    (ARRAY['pdf', 'web', 'text', 'audio'])[pg_temp.below(n, 22, 4, 1.5)],
    'https://library.example.org/' || pg_temp.below(n, 23, %(scale)s, 1.5),
    initcap(pg_temp.subject(n, 24)) || ', part ' || n,
    CASE WHEN pg_temp.u(n, 25) < 0.01 THEN 'pending' WHEN pg_temp.u(n, 25) < 0.03 THEN 'failed' ELSE 'ready' END,
    pg_temp.later(pg_temp.grown(notebook, %(scale)s), n, 26)
FROM (
    SELECT n, pg_temp.notebook(n, 21) AS notebook FROM generate_series(1, %(scale)s::bigint * 2) AS n OFFSET 0
) AS s;

INSERT INTO notebooks.documents (id, source_id, notebook_id, title, hash, bytes, created_at)
SELECT pg_temp.id('documents', n), s.id, s.notebook_id,
    'Document ' || n || ' on ' || pg_temp.subject(n, 32), md5('text ' || pg_temp.below(n, 33, %(scale)s, 1)),
    200 + floor(2000000 * power(pg_temp.u(n, 34), 6)), pg_temp.later(s.created_at, n, 35)
FROM generate_series(1, %(scale)s::bigint * 3) AS n
JOIN notebooks.sources AS s ON s.id = pg_temp.id('sources', pg_temp.below(n, 31, %(scale)s::bigint * 2, 1.2));

INSERT INTO notebooks.chunks (id, document_id, source_id, chunk_index, body, tokens, created_at)
SELECT pg_temp.id('chunks', n), d.id, d.source_id, row_number() OVER (PARTITION BY d.id ORDER BY n) - 1,
    pg_temp.said(n, 42) || ' ' || pg_temp.said(n, 46), 20 + floor(400 * pg_temp.u(n, 50)), d.created_at
FROM generate_series(1, %(scale)s::bigint * 10) AS n
JOIN notebooks.documents AS d ON d.id = pg_temp.id('documents', pg_temp.below(n, 41, %(scale)s::bigint * 3, 1.4));

INSERT INTO notebooks.conversations (id, user_id, notebook_id, title, created_at, updated_at)
SELECT pg_temp.id('conversations', n), pg_temp.id('users', pg_temp.writer(notebook, n, 62)),
    pg_temp.id('notebooks', notebook), 'About ' || pg_temp.subject(n, 64),
    pg_temp.later(pg_temp.grown(notebook, %(scale)s), n, 65),
    pg_temp.later(pg_temp.later(pg_temp.grown(notebook, %(scale)s), n, 65), n, 66)
FROM (
    SELECT n, pg_temp.notebook(n, 61) AS notebook FROM generate_series(1, %(scale)s::bigint * 2) AS n OFFSET 0
) AS c;

INSERT INTO notebooks.messages (id, conversation_id, role, body, tokens, created_at)
SELECT pg_temp.id('messages', n), c.id, CASE WHEN n %% 2 = 0 THEN 'assistant' ELSE 'user' END, pg_temp.said(n, 72),
    CASE WHEN n %% 2 = 0 THEN 30 + floor(2000 * power(pg_temp.u(n, 76), 3)) ELSE 5 + floor(60 * pg_temp.u(n, 76)) END,
    pg_temp.later(c.created_at, n, 77)
FROM generate_series(1, %(scale)s::bigint * 10) AS n
JOIN notebooks.conversations AS c
    ON c.id = pg_temp.id('conversations', pg_temp.below(n, 71, %(scale)s::bigint * 2, 1.4));

INSERT INTO notebooks.notes (id, notebook_id, user_id, title, body, pinned, created_at, updated_at)
SELECT pg_temp.id('notes', n), pg_temp.id('notebooks', notebook),
    pg_temp.id('users', pg_temp.writer(notebook, n, 82)), initcap(pg_temp.subject(n, 84)) || ' ' || n,
    pg_temp.said(n, 85) || ' ' || pg_temp.said(n, 89), pg_temp.u(n, 93) < 0.1,
    pg_temp.later(pg_temp.grown(notebook, %(scale)s), n, 94),
    pg_temp.later(pg_temp.later(pg_temp.grown(notebook, %(scale)s), n, 94), n, 95)
FROM (
    SELECT n, pg_temp.notebook(n, 81) AS notebook FROM generate_series(1, %(scale)s::bigint * 2) AS n OFFSET 0
) AS o;

-- Most are long finished; the last ones of a hundred wait or run.
INSERT INTO notebooks.jobs
    (id, user_id, notebook_id, kind, payload, status, priority, attempts, worker, error, created_at, started_at,
    finished_at)
SELECT pg_temp.id('jobs', n), pg_temp.id('users', pg_temp.writer(notebook, n, 102)),
    CASE WHEN n %% 10 > 0 THEN pg_temp.id('notebooks', notebook) END,
    (ARRAY['ingest', 'embed', 'summarise', 'export'])[pg_temp.below(n, 104, 4, 1.3)],
    jsonb_build_object('pages', pg_temp.below(n, 105, 300, 2)), j.status, pg_temp.below(n, 106, 3, 3) - 1,
    CASE j.status WHEN 'queued' THEN 0 WHEN 'failed' THEN 3 ELSE 1 END,
    CASE WHEN j.status <> 'queued' THEN 'worker-' || n %% 8 END,
    CASE WHEN j.status = 'failed' THEN 'the source could not be read' END, j.created_at,
    CASE WHEN j.status <> 'queued' THEN j.created_at + interval '20 s' * pg_temp.u(n, 107) END,
    CASE WHEN j.status IN ('finished', 'failed')
        THEN j.created_at + interval '20 s' + interval '90 s' * pg_temp.u(n, 108) END
FROM (
    SELECT n, pg_temp.notebook(n, 101) AS notebook, pg_temp.grown(n, %(scale)s::bigint * 5) AS created_at,
        CASE WHEN n > %(scale)s::bigint * 5 * 0.99
            THEN (ARRAY['queued', 'running', 'finished'])[pg_temp.below(n, 109, 3, 1)]
            WHEN pg_temp.u(n, 109) < 0.02 THEN 'failed' ELSE 'finished' END AS status
    FROM generate_series(1, %(scale)s::bigint * 5) AS n OFFSET 0
) AS j;

-- The n-th tag is the owner's of the n-th notebook: whoever has many notebooks has tags, and nobody has one twice.
INSERT INTO notebooks.tags (id, owner_id, name, created_at)
SELECT pg_temp.id('tags', n), pg_temp.id('users', pg_temp.owner(n)), pg_temp.subject(n, 111) || ' ' || n,
    pg_temp.grown(n, %(scale)s)
FROM generate_series(1, greatest(10, %(scale)s / 5)) AS n;

-- A notebook has none to four tags.
INSERT INTO notebooks.notebook_tags (notebook_id, tag_id, created_at)
SELECT pg_temp.id('notebooks', notebook), pg_temp.id('tags', tag),
    pg_temp.later(pg_temp.grown(notebook, %(scale)s), notebook, 122)
FROM (
    SELECT DISTINCT notebook, pg_temp.below(notebook * 4 + slot, 121, greatest(10, %(scale)s / 5), 1.5) AS tag
    FROM generate_series(1, %(scale)s::bigint) AS notebook
    CROSS JOIN LATERAL generate_series(1, floor(5 * pg_temp.u(notebook, 123))::integer) AS slot
) AS nt;

-- A notebook is shared with none to three others.
INSERT INTO notebooks.shares (id, notebook_id, user_id, role, created_at)
SELECT pg_temp.id('shares', notebook * 4 + slot), pg_temp.id('notebooks', notebook), pg_temp.id('users', reader),
    CASE WHEN pg_temp.u(notebook * 4 + slot, 133) < 0.3 THEN 'editor' ELSE 'reader' END,
    pg_temp.later(pg_temp.grown(notebook, %(scale)s), notebook * 4 + slot, 134)
FROM (
    SELECT notebook, pg_temp.reader(notebook * 4 + slot, 131) AS reader, min(slot) AS slot
    FROM generate_series(1, %(scale)s::bigint) AS notebook
    CROSS JOIN LATERAL generate_series(1, floor(4 * power(pg_temp.u(notebook, 132), 2))::integer) AS slot
    GROUP BY 1, 2
) AS s
WHERE reader <> pg_temp.owner(notebook);

INSERT INTO notebooks.usage_events (id, user_id, notebook_id, kind, quantity, created_at)
SELECT pg_temp.id('usage_events', n), pg_temp.id('users', pg_temp.writer(notebook, n, 142)),
    CASE WHEN n %% 20 > 0 THEN pg_temp.id('notebooks', notebook) END,
    (ARRAY['question', 'upload', 'summary', 'export'])[pg_temp.below(n, 144, 4, 1.8)],
    1 + floor(5000 * power(pg_temp.u(n, 145), 3)), pg_temp.later(pg_temp.grown(notebook, %(scale)s), n, 146)
FROM (
    SELECT n, pg_temp.notebook(n, 141) AS notebook FROM generate_series(1, %(scale)s::bigint * 10) AS n OFFSET 0
) AS e;

DROP FUNCTION pg_temp.writer(bigint, bigint, bigint);
DROP FUNCTION pg_temp.notebook(bigint, bigint);
DROP FUNCTION pg_temp.owner(bigint);
DROP FUNCTION pg_temp.reader(bigint, bigint);
DROP FUNCTION pg_temp.users();
DROP FUNCTION pg_temp.later(timestamptz, bigint, bigint);
DROP FUNCTION pg_temp.grown(bigint, bigint);
DROP FUNCTION pg_temp.present();
DROP FUNCTION pg_temp.said(bigint, bigint);
DROP FUNCTION pg_temp.subject(bigint, bigint);
DROP FUNCTION pg_temp.id(text, bigint);
DROP FUNCTION pg_temp.below(bigint, bigint, bigint, double precision);
DROP FUNCTION pg_temp.u(bigint, bigint);
ANALYZE notebooks.users, notebooks.notebooks, notebooks.sources, notebooks.documents, notebooks.chunks,
    notebooks.conversations, notebooks.messages, notebooks.notes, notebooks.jobs, notebooks.tags,
    notebooks.notebook_tags, notebooks.shares, notebooks.usage_events;
