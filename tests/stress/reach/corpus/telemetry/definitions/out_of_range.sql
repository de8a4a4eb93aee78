-- key: device_id, metric
-- seen: https://github.com/home-assistant/core/blob/dev/homeassistant/components/recorder/statistics.py
-- large: reading
SELECT r.device_id, r.metric, count(*) AS outliers, max(r.ts) AS last
FROM reading r JOIN threshold t USING (metric)
WHERE r.value NOT BETWEEN coalesce(t.low, 0) AND t.high
GROUP BY r.device_id, r.metric
