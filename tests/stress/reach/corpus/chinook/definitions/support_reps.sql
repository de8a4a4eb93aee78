-- key: EmployeeId
-- seen: https://github.com/lerocha/chinook-database
-- large: Customer, Invoice
SELECT e."EmployeeId", e."LastName", m."LastName" AS "Manager", count(DISTINCT c."CustomerId") AS "Customers", coalesce(sum(i."Total"), 0) AS "Total"
FROM "Invoice" i JOIN "Customer" c ON c."CustomerId" = i."CustomerId" RIGHT JOIN "Employee" e ON e."EmployeeId" = c."SupportRepId" LEFT JOIN "Employee" m ON m."EmployeeId" = e."ReportsTo"
GROUP BY e."EmployeeId", e."LastName", m."LastName"
