-- key: id
-- seen: https://github.com/frappe/hrms/blob/develop/hrms/hr/page/organizational_chart/organizational_chart.py
-- large: employee
SELECT m.id, m.name, b.name AS boss, count(e.id) AS reports, round(avg(e.salary), 2) AS mean_salary, sum((SELECT count(*) FROM employee g WHERE g.reports_to = e.id)) AS grand_reports
FROM employee m LEFT JOIN employee b ON b.id = m.reports_to LEFT JOIN employee e ON e.reports_to = m.id AND e.relieved IS NULL
GROUP BY m.id, b.name
