-- key: device_id, ts
-- seen: https://github.com/home-assistant/core/blob/dev/homeassistant/components/recorder/history/modern.py
-- large: reading
SELECT device_id, ts, ts - previous AS gap
FROM (SELECT device_id, ts, lag(ts) OVER (PARTITION BY device_id ORDER BY ts) AS previous FROM reading WHERE metric = 'temp') x
WHERE ts - previous > interval '20 hours'
