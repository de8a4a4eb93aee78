-- key: invoice_id
-- seen: https://github.com/killbill/killbill-analytics-plugin/blob/master/src/main/resources/sanity/sanity.sql
-- large: analytics_invoices, analytics_invoice_items
SELECT i.invoice_id, i.original_amount_charged, items.total
FROM analytics_invoices i
FULL OUTER JOIN (SELECT invoice_id, sum(amount) AS total FROM analytics_invoice_items WHERE item_type IN ('RECURRING', 'FIXED') GROUP BY invoice_id) items ON items.invoice_id = i.invoice_id
WHERE i.original_amount_charged IS DISTINCT FROM items.total AND i.invoice_id IS NOT NULL
