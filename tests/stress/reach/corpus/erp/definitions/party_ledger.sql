-- key: party_type, party, voucher
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/accounts/report/general_ledger/general_ledger.py
-- large: sales_invoice, purchase_invoice, payment_entry
SELECT l.party_type, l.party, l.voucher, l.posting_date, l.debit, l.credit, sum(l.debit - l.credit) OVER (PARTITION BY l.party_type, l.party ORDER BY l.posting_date, l.voucher) AS balance
FROM (
    SELECT 'Customer' AS party_type, customer AS party, name AS voucher, posting_date, grand_total AS debit, 0::numeric AS credit FROM sales_invoice WHERE docstatus = 'submitted'
    UNION ALL
    SELECT 'Supplier', supplier, name, posting_date, 0, grand_total FROM purchase_invoice WHERE docstatus = 'submitted'
    UNION ALL
    SELECT party_type, party, name, posting_date, CASE WHEN party_type = 'Supplier' THEN paid_amount ELSE 0 END, CASE WHEN party_type = 'Customer' THEN paid_amount ELSE 0 END FROM payment_entry WHERE docstatus = 'submitted'
) l
