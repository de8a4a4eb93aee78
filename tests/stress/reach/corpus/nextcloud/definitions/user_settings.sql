-- key: userid
-- seen: https://github.com/nextcloud/server/blob/master/lib/private/AllConfig.php
-- large: oc_preferences
SELECT userid, jsonb_object_agg(configkey, configvalue ORDER BY configkey) AS settings, count(configvalue) AS set
FROM oc_preferences WHERE appid = 'core' GROUP BY userid
