-- key: GenreId
-- seen: https://github.com/lerocha/chinook-database
-- large: InvoiceLine, Track
SELECT g."GenreId", g."Name", count(*) AS "Sold", round(count(*) * 100.0 / sum(count(*)) OVER (), 2) AS "Percent"
FROM "InvoiceLine" il JOIN "Track" t USING ("TrackId") JOIN "Genre" g USING ("GenreId")
GROUP BY g."GenreId"
