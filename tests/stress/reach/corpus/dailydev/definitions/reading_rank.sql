-- key: userId, week
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/DevCard.ts
-- large: view
SELECT "userId", to_char(timezone('UTC', timestamp), 'IYYY-"W"IW') AS week, count(DISTINCT date_trunc('day', timezone('UTC', timestamp))) AS "daysRead",
    mode() WITHIN GROUP (ORDER BY extract(isodow FROM timezone('UTC', timestamp))) AS "usualDay"
FROM view GROUP BY "userId", to_char(timezone('UTC', timestamp), 'IYYY-"W"IW')
