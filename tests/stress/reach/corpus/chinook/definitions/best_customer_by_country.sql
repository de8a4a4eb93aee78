-- key: Country, CustomerId
-- seen: https://github.com/lerocha/chinook-database
-- large: Invoice, Customer
WITH customter_with_country AS (
    SELECT "CustomerId", "FirstName", "LastName", "Country", SUM("Total") AS total_spending
    FROM "Invoice" JOIN "Customer" USING ("CustomerId")
    GROUP BY 1, 2, 3, 4
), country_max_spending AS (
    SELECT "Country", MAX(total_spending) AS max_spending FROM customter_with_country GROUP BY "Country"
)
SELECT cc."Country", cc.total_spending, cc."FirstName", cc."LastName", cc."CustomerId"
FROM customter_with_country cc JOIN country_max_spending ms ON cc."Country" = ms."Country"
WHERE cc.total_spending = ms.max_spending
