-- key: year, country, level
-- seen: https://github.com/lerocha/chinook-database
-- large: Invoice
SELECT extract(year FROM "InvoiceDate") AS year, coalesce("BillingCountry", '?') AS country, grouping(extract(year FROM "InvoiceDate"), coalesce("BillingCountry", '?')) AS level, sum("Total") AS total, count(*) AS invoices
FROM "Invoice" GROUP BY ROLLUP (1, 2)
