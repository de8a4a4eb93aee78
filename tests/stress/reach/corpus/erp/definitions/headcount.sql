-- key: month, department
-- seen: https://github.com/OCA/hr/blob/17.0/hr_employee_age/README.rst
-- large: employee
SELECT m.month::date AS month, coalesce(e.department, 'none') AS department, count(*) AS heads, count(*) FILTER (WHERE e.joined >= m.month::date) AS joined, sum(e.salary) AS payroll
FROM generate_series(timestamp '2024-01-01', timestamp '2026-03-01', interval '1 month') AS m(month) JOIN employee e ON e.joined < (m.month + interval '1 month')::date AND (e.relieved IS NULL OR e.relieved >= m.month::date)
GROUP BY m.month, coalesce(e.department, 'none')
