-- key: TrackId
-- seen: https://github.com/lerocha/chinook-database
-- large: Track, InvoiceLine
SELECT "TrackId", "Name" FROM "Track" WHERE "TrackId" NOT IN (SELECT "TrackId" FROM "InvoiceLine")
