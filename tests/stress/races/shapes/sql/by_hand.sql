-- What a team writes without us: row triggers that keep a count and a sum per account, in the transaction that writes.
CREATE TABLE {schema}.by_hand (account_id bigint PRIMARY KEY, entries bigint NOT NULL, score bigint NOT NULL);
INSERT INTO {schema}.by_hand
SELECT u.account_id, count(*), sum(u.score)
FROM (SELECT account_id, score FROM {schema}.items UNION ALL SELECT account_id, score FROM {schema}.archived) AS u
GROUP BY u.account_id;
CREATE FUNCTION {schema}.keep_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE {schema}.by_hand SET entries = entries - 1, score = score - OLD.score WHERE account_id = OLD.account_id;
        DELETE FROM {schema}.by_hand WHERE account_id = OLD.account_id AND entries = 0;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO {schema}.by_hand AS held VALUES (NEW.account_id, 1, NEW.score)
        ON CONFLICT (account_id) DO UPDATE SET entries = held.entries + 1, score = held.score + excluded.score;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER by_hand AFTER INSERT OR UPDATE OR DELETE ON {schema}.items
FOR EACH ROW EXECUTE FUNCTION {schema}.keep_by_hand();
CREATE TRIGGER by_hand AFTER INSERT OR UPDATE OR DELETE ON {schema}.archived
FOR EACH ROW EXECUTE FUNCTION {schema}.keep_by_hand();
