-- key: reference
-- seen: https://github.com/Gnucash/gnucash/tree/stable/libgnucash/backend/sql
-- large: journal_entry
-- undeterministic: several entries of one reference may have the same date, and the texts stand in any order then
SELECT reference, string_agg(book, ',' ORDER BY posted_on) AS books FROM journal_entry WHERE reference IS NOT NULL GROUP BY reference
