-- key: department, id
-- seen: https://github.com/frappe/hrms/blob/develop/hrms/payroll/report/salary_register/salary_register.py
-- large: employee
SELECT coalesce(department, '') AS department, id, salary, salary - avg(salary) OVER d AS above_mean, percent_rank() OVER (PARTITION BY coalesce(department, '') ORDER BY salary, id) AS rank, first_value(id) OVER (PARTITION BY coalesce(department, '') ORDER BY salary DESC, id) AS best
FROM employee WHERE relieved IS NULL
WINDOW d AS (PARTITION BY coalesce(department, ''))
