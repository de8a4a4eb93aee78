INSERT INTO "Invoice" VALUES (501, 3, '2026-06-01', 'Brazil', 9.99);
INSERT INTO "InvoiceLine" VALUES (901, 501, 4, 1.99, 2), (902, 501, 5, 0.99, 1);
-- then --
UPDATE "Track" SET "GenreId" = CASE WHEN "GenreId" IS NULL THEN 2 END WHERE "TrackId" % 12 = 0;
UPDATE "Track" SET "AlbumId" = 3 WHERE "AlbumId" = 4;
-- then --
DELETE FROM "InvoiceLine" WHERE "InvoiceId" IN (10, 11, 12);
DELETE FROM "Invoice" WHERE "InvoiceId" IN (10, 11, 12);
-- then --
UPDATE "Customer" SET "Country" = NULL WHERE "CustomerId" % 10 = 1;
UPDATE "Customer" SET "Country" = 'Chile', "SupportRepId" = 3 WHERE "CustomerId" % 9 = 2;
-- then --
DELETE FROM "InvoiceLine" WHERE "TrackId" % 20 = 6;
DELETE FROM "Track" WHERE "TrackId" % 20 = 6;
UPDATE "Album" SET "ArtistId" = 2 WHERE "ArtistId" = 5;
-- then --
UPDATE "Artist" SET "Name" = 'Renamed' WHERE "ArtistId" IN (2, 9);
UPDATE "Employee" SET "ReportsTo" = 1 WHERE "EmployeeId" IN (7, 8);
DELETE FROM "Employee" WHERE "EmployeeId" = 6;
-- then --
TRUNCATE "PlaylistTrack";
-- then --
INSERT INTO "PlaylistTrack" SELECT p, t FROM generate_series(3, 12) AS p, generate_series(1, 40) AS t WHERE (p + t) % 4 = 0;
UPDATE "Invoice" SET "CustomerId" = 7, "Total" = 100 WHERE "InvoiceId" % 9 = 0;
-- then --
DELETE FROM "Customer" WHERE "CustomerId" IN (7, 8);
UPDATE "InvoiceLine" SET "Quantity" = 9, "TrackId" = 1 WHERE "InvoiceLineId" % 13 = 0;
