INSERT INTO users SELECT n, CASE WHEN n % 7 > 0 THEN 'user' || n END, 'User' || n || '@' || (ARRAY['A.example', 'b.example'])[n % 2 + 1], (ARRAY['UTC', 'Europe/Paris', 'America/Lima'])[n % 3 + 1], CASE WHEN n % 4 = 0 THEN 1 END FROM generate_series(1, 25) AS n;
INSERT INTO "Team" SELECT n, 'Team ' || n, CASE WHEN n > 2 THEN n / 2 END, n <= 2 FROM generate_series(1, 9) AS n;
INSERT INTO "Membership" SELECT t, u, (t + u) % 5 > 0, CASE WHEN (t * u) % 6 = 0 THEN 'OWNER' ELSE 'MEMBER' END FROM generate_series(1, 9) AS t, generate_series(1, 25) AS u WHERE (t * u) % 7 = 2;
INSERT INTO "EventType" SELECT n, 'Meeting ' || n, 'm' || n, (n % 4 + 1) * 15, CASE WHEN n % 3 > 0 THEN n % 25 + 1 END, CASE WHEN n % 3 = 0 THEN n % 9 + 1 END, CASE WHEN n % 8 = 0 THEN n / 2 END, n % 10 = 0,
    CASE WHEN n % 5 > 0 THEN jsonb_build_array(jsonb_build_object('type', CASE n % 2 WHEN 0 THEN 'zoom' ELSE 'phone' END), jsonb_build_object('type', 'inPerson', 'address', 'Street ' || n)) END
FROM generate_series(1, 40) AS n;
INSERT INTO "Booking" SELECT n, 'uid' || n, CASE WHEN n % 19 > 0 THEN n % 25 + 1 END, CASE WHEN n % 23 > 0 THEN n % 40 + 1 END, 'B' || n, timestamp '2026-01-05 08:00' + (n % 30) * interval '1 day' + ((n * n) % 16) * interval '30 minutes',
    timestamp '2026-01-05 08:00' + (n % 30) * interval '1 day' + ((n * n) % 16) * interval '30 minutes' + (n % 4 + 1) * interval '15 minutes', timestamp '2026-01-01 00:00' + (n % 60) * interval '11 hours',
    (ARRAY['cancelled', 'accepted', 'accepted', 'accepted', 'rejected', 'pending'])[n % 6 + 1]::"BookingStatus", n % 4 = 0, CASE WHEN n % 15 = 0 THEN 'uid' || n / 2 END, CASE WHEN n % 3 = 0 THEN n % 5 + 1 END,
    jsonb_build_object('email', jsonb_build_object('value', 'x' || n), 'guests', jsonb_build_array('g' || n % 5, 'g' || n % 3))
FROM generate_series(1, 300) AS n;
INSERT INTO "Attendee" SELECT n, (CASE WHEN n % 2 = 0 THEN 'guest' ELSE 'Guest' END || n % 37 || '@c.example')::email, 'Guest ' || n % 37, (ARRAY['UTC', 'Asia/Tokyo'])[n % 2 + 1], (n * 7) % 300 + 1, n % 9 = 0 FROM generate_series(1, 450) AS n;
INSERT INTO "Availability" SELECT n, n % 25 + 1, CASE WHEN n % 3 = 0 THEN ARRAY[1, 3, 5] ELSE ARRAY[1, 2, 3, 4, 5] END, time '08:00' + (n % 3) * interval '1 hour', time '16:00' + (n % 4) * interval '30 minutes', CASE WHEN n % 11 = 0 THEN date '2026-01-10' + n END FROM generate_series(1, 40) AS n;
INSERT INTO "OutOfOffice" SELECT n, n % 12 + 1, daterange(date '2026-01-01' + (n * 5) % 40, CASE WHEN n % 9 > 0 THEN date '2026-01-04' + (n * 5) % 40 END), CASE WHEN n % 2 = 0 THEN 'vacation' END FROM generate_series(1, 30) AS n;
INSERT INTO holidays VALUES ('DE', '2026-01-06'), ('FR', '2026-01-20'), ('DE', '2026-02-02');
