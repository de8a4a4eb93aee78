-- everything
true;

-- everything but NULL
"item_id" IS NOT NULL;

-- up to  hi=5
"item_id" <= %(hi)s;

-- from  lo=5
"item_id" >= %(lo)s;

-- from to  hi=7, lo=5
"item_id" >= %(lo)s AND "item_id" <= %(hi)s;

-- the rest  lo=8
("item_id" >= %(lo)s OR "item_id" IS NULL);

-- NULL alone  hi=0, lo=1
("item_id" >= %(lo)s AND "item_id" <= %(hi)s OR "item_id" IS NULL);

-- everything, odd names
true AND "{}" = '{braces} %s';

-- everything but NULL, odd names
"Item Id" IS NOT NULL AND "{}" = '{braces} %s';

-- up to, odd names  hi=5
"Item Id" <= %(hi)s AND "{}" = '{braces} %s';

-- from, odd names  lo=5
"Item Id" >= %(lo)s AND "{}" = '{braces} %s';

-- from to, odd names  hi=7, lo=5
"Item Id" >= %(lo)s AND "Item Id" <= %(hi)s AND "{}" = '{braces} %s';

-- the rest, odd names  lo=8
("Item Id" >= %(lo)s OR "Item Id" IS NULL) AND "{}" = '{braces} %s';

-- NULL alone, odd names  hi=0, lo=1
("Item Id" >= %(lo)s AND "Item Id" <= %(hi)s OR "Item Id" IS NULL) AND "{}" = '{braces} %s';

-- the rest of the source  lo=8
("id" >= %(lo)s OR "id" IS NULL);

-- columns  value_0='1', value_1='2'
"a" = %(value_0)s AND "b""%s{}" = %(value_1)s;
