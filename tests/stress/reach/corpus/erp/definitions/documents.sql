-- key: doctype, name
-- seen: https://github.com/frappe/erpnext/blob/develop/erpnext/accounts/report/general_ledger/general_ledger.py
-- large: document
SELECT d.tableoid::regclass AS doctype, d.name, d.docstatus, d.party_type, d.party, d.posting_date FROM document d WHERE d.docstatus <> 'cancelled'
