-- schema --
CREATE SCHEMA app;
CREATE TABLE app.users (id bigint PRIMARY KEY, name text NOT NULL, born date, seen timestamptz, grace integer NOT
    NULL);
CREATE TABLE app.events (id bigint PRIMARY KEY, user_id bigint REFERENCES app.users, at timestamptz, day date, due
    timestamp,
    valid daterange, points integer);
CREATE INDEX ON app.events (at);
INSERT INTO app.users SELECT n, 'u' || n, date '2020-02-29' - n * 100, timestamptz '2024-02-01 00:00+00' + n *
    interval '7 hours',
    n % 3 FROM generate_series(1, 12) AS n;
INSERT INTO app.events SELECT n, CASE WHEN n % 9 > 0 THEN 1 + n % 12 END,
    CASE WHEN n % 11 > 0 THEN timestamptz '2024-01-20 12:00+00' + n * interval '5 hours' END, date '2024-02-01' + n
    % 60,
    timestamp '2024-02-10 08:00' + n * interval '11 hours', daterange(date '2024-02-01' + n % 30, date '2024-02-02'
    + n % 30 + n % 20), n
FROM generate_series(1, 200) AS n;

-- by key: recent --
SELECT u.id, count(e.id) AS n, sum(e.points) AS points FROM users u LEFT JOIN events e ON e.user_id = u.id AND e.at
    > now() - interval '30 days' GROUP BY u.id

-- by key: last_day --
SELECT e.id, e.points FROM events e WHERE e.at BETWEEN now() - interval '1 day' AND now()

-- by key: filtered --
SELECT e.user_id AS id, count(*) AS n, count(*) FILTER (WHERE e.at > CURRENT_TIMESTAMP - interval '1 week') AS week,
    sum(CASE WHEN e.day = CURRENT_DATE THEN 1 ELSE 0 END) AS today FROM events e GROUP BY e.user_id

-- by key: due --
SELECT e.id, e.due < LOCALTIMESTAMP AS late FROM events e WHERE e.due IS NOT NULL

-- by key: valid --
SELECT e.id, e.valid FROM events e WHERE e.valid @> CURRENT_DATE

-- by key: joined --
SELECT e.id, u.name FROM events e JOIN users u ON u.id = e.user_id AND e.at + u.grace * interval '1 day' > now()

-- by key: exists --
SELECT u.id, EXISTS (SELECT FROM events e WHERE e.user_id = u.id AND e.day > CURRENT_DATE - 7) AS active FROM users
    u

-- by key: member --
SELECT u.id, u.name FROM users u WHERE u.id IN (SELECT e.user_id FROM events e WHERE e.at >= now() - interval '1 month')

-- by key: lately_active --
SELECT e.user_id AS id, count(*) AS n FROM events e GROUP BY e.user_id HAVING max(e.at) > now() - interval '9 days'

-- by key: active_flag --
SELECT u.id, d.last > now() - interval '20 days' AS active FROM users u LEFT JOIN (SELECT e.user_id, max(e.at) AS
    last FROM events e GROUP BY e.user_id) AS d ON d.user_id = u.id

-- by key: subquery --
SELECT u.id, (SELECT max(e.at) FROM events e WHERE e.user_id = u.id) < now() AS past FROM users u

-- by key: calendar --
SELECT d.day::date AS day, count(e.id) AS n FROM generate_series(CURRENT_DATE - 20, CURRENT_DATE, interval '1 day')
    AS d (day) LEFT JOIN events e ON e.day = d.day::date GROUP BY 1

-- by key: lateral --
SELECT u.id, l.points FROM users u CROSS JOIN LATERAL (SELECT e.points FROM events e WHERE e.user_id = u.id AND e.at
    < now() ORDER BY e.at DESC, e.id LIMIT 1) AS l

-- by key: union --
SELECT x.id, count(*) AS n FROM (SELECT e.user_id AS id FROM events e WHERE e.at > now() UNION ALL SELECT e.user_id
    FROM events e WHERE e.day <= CURRENT_DATE) AS x GROUP BY x.id

-- by key: cte --
WITH fresh AS (SELECT e.user_id, e.points FROM events e WHERE e.at > date_trunc('day', now() AT TIME ZONE 'UTC') AT
    TIME ZONE 'UTC') SELECT f.user_id AS id, sum(f.points) AS points FROM fresh f GROUP BY f.user_id

-- by key: listed --
SELECT e.id, e.day IN (CURRENT_DATE, CURRENT_DATE + 1) AS soon FROM events e

-- by key: not_yet --
SELECT e.id, e.points FROM events e WHERE NOT (e.at <= now()) OR e.points < 20

-- by key: age --
SELECT u.id, age(u.born) > interval '5 years' AS grown FROM users u WHERE u.seen < statement_timestamp()

-- by key: of_seconds --
SELECT e.id FROM events e WHERE extract(epoch FROM now() - e.at) < 86400 * 3

-- by key: precise --
SELECT e.id FROM events e WHERE e.at > CURRENT_TIMESTAMP(0) - interval '2 days' AND e.due > LOCALTIMESTAMP(3)

-- by key: overlapping --
SELECT e.id FROM events e WHERE (e.due, e.due + interval '2 days') OVERLAPS (now()::timestamp, interval '1 day')

-- by key: windowed --
SELECT e.id, e.user_id, row_number() OVER (PARTITION BY e.user_id ORDER BY e.at > now(), e.id) AS nth FROM events e

-- whole: ages --
SELECT e.id, now() - e.at AS old FROM events e

-- whole: today --
SELECT u.id, CURRENT_DATE - u.born AS days, CURRENT_DATE AS as_of FROM users u

-- whole: by_age --
SELECT (CURRENT_DATE - e.day) / 7 AS id, count(*) AS n FROM events e WHERE e.day IS NOT NULL GROUP BY 1

-- whole: outer_other --
SELECT u.id, count(*) AS n FROM users u LEFT JOIN events e ON e.user_id = u.id WHERE coalesce(e.at, u.seen) > now()
    GROUP BY u.id

-- whole: days_of_users --
SELECT u.id, count(e.id) AS n FROM users u CROSS JOIN generate_series(CURRENT_DATE - 3, CURRENT_DATE, interval '1 day') AS d (day) LEFT JOIN events e ON e.user_id = u.id AND e.day = d.day::date GROUP BY u.id

-- whole: latest --
SELECT e.id, e.at FROM events e WHERE e.at < now() ORDER BY e.at DESC, e.id LIMIT 5

-- change: 0 --
UPDATE events SET at = at + interval '3 days' WHERE id % 7 = {n}

-- change: 1 --
UPDATE events SET day = day + {n}, due = due - interval '{n} days' WHERE id % 5 = 1

-- change: 2 --
DELETE FROM events WHERE id % 37 = {n}

-- change: 3 --
INSERT INTO events SELECT 1000 * {m} + n, 1 + n % 12, timestamptz '2024-02-10 00:00+00' + n * interval '{n} hours',
    date '2024-02-20' + n % 9, timestamp '2024-02-20 03:00', daterange('2024-02-18', '2024-03-01'), n FROM
    generate_series(1, 9) AS n

-- change: 4 --
UPDATE users SET grace = (grace + {n}) % 5, seen = seen + interval '{n} days' WHERE id % 3 = 1

-- change: 5 --
UPDATE events SET user_id = 1 + (user_id + {n}) % 12 WHERE id % 4 = 2
