SELECT
    (SELECT count(*) FROM items WHERE state = 2) AS waiting,
    (SELECT sum(amount) FROM payments) AS paid,
    (SELECT max(score) FROM archived) AS best
