-- batch_end  hi=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), lo=UUID('ffffffff-ffff-ffff-ffff-ffffffffffff'), skip=0
SELECT "id" AS id FROM "app"."items" WHERE "id" >= %(lo)s AND "id" <= %(hi)s ORDER BY "id" OFFSET %(skip)s LIMIT 1;
