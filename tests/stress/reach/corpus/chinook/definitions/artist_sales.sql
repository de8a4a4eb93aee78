-- key: ArtistId
-- seen: https://github.com/lerocha/chinook-database
-- large: InvoiceLine, Track
SELECT ar."ArtistId", ar."Name", sum(il."UnitPrice" * il."Quantity") AS "Sales", count(DISTINCT il."InvoiceId") AS "Invoices"
FROM "Artist" ar JOIN "Album" al ON al."ArtistId" = ar."ArtistId" JOIN "Track" t ON t."AlbumId" = al."AlbumId" JOIN "InvoiceLine" il ON il."TrackId" = t."TrackId"
GROUP BY ar."ArtistId", ar."Name"
