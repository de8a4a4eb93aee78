CREATE TABLE users (
    id int PRIMARY KEY, username varchar(60) NOT NULL, trust_level int NOT NULL DEFAULT 0, active boolean NOT NULL DEFAULT true,
    silenced_till timestamp, last_seen_at timestamp, created_at timestamp NOT NULL
);
CREATE TABLE user_emails (id int PRIMARY KEY, user_id int NOT NULL, email varchar(513) NOT NULL, "primary" boolean NOT NULL DEFAULT false);
CREATE TABLE categories (id int PRIMARY KEY, name varchar(50) NOT NULL, parent_category_id int, read_restricted boolean NOT NULL DEFAULT false);
CREATE TABLE topics (
    id int PRIMARY KEY, title text NOT NULL, user_id int, category_id int, archetype text NOT NULL DEFAULT 'regular', visible boolean NOT NULL DEFAULT true,
    views int NOT NULL DEFAULT 0, created_at timestamp NOT NULL, bumped_at timestamp NOT NULL, deleted_at timestamp
);
CREATE TABLE posts (
    id int PRIMARY KEY, topic_id int NOT NULL, user_id int, post_number int NOT NULL, reply_to_post_number int, raw text NOT NULL,
    post_type int NOT NULL DEFAULT 1, hidden boolean NOT NULL DEFAULT false, created_at timestamp NOT NULL, deleted_at timestamp,
    UNIQUE (topic_id, post_number)
);
CREATE TABLE user_actions (
    id int PRIMARY KEY, action_type int NOT NULL, user_id int NOT NULL, target_topic_id int, target_post_id int, acting_user_id int, created_at timestamp NOT NULL
);
CREATE TABLE topic_users (
    user_id int NOT NULL, topic_id int NOT NULL, notification_level int NOT NULL DEFAULT 1, last_read_post_number int, first_visited_at timestamp,
    PRIMARY KEY (user_id, topic_id)
);
CREATE TABLE user_visits (id int PRIMARY KEY, user_id int NOT NULL, visited_at date NOT NULL, posts_read int DEFAULT 0, UNIQUE (user_id, visited_at));
CREATE TABLE badges (id int PRIMARY KEY, name text NOT NULL, multiple_grant boolean NOT NULL DEFAULT false);
CREATE TABLE user_badges (id int PRIMARY KEY, badge_id int NOT NULL, user_id int NOT NULL, granted_at timestamp NOT NULL, post_id int);
CREATE TABLE site_settings (id int PRIMARY KEY, name text NOT NULL UNIQUE, value text);
CREATE VIEW badge_posts AS
SELECT p.* FROM posts p JOIN topics t ON t.id = p.topic_id JOIN categories c ON c.id = t.category_id
WHERE p.deleted_at IS NULL AND t.deleted_at IS NULL AND NOT c.read_restricted AND t.visible;
CREATE INDEX ON posts (user_id);
CREATE INDEX ON topics (category_id);
CREATE INDEX ON user_actions (user_id);
CREATE INDEX ON user_actions (target_post_id);
CREATE INDEX ON user_badges (user_id);
