-- key: CustomerId, GenreId
-- seen: https://github.com/lerocha/chinook-database
-- large: Invoice, InvoiceLine, Track
SELECT "CustomerId", "GenreId", g."Name" AS "Genre", count(*) AS "Purchases"
FROM "Customer" NATURAL JOIN "Invoice" JOIN "InvoiceLine" USING ("InvoiceId") JOIN "Track" USING ("TrackId") JOIN "Genre" g USING ("GenreId")
GROUP BY 1, 2, 3
