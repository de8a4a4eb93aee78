-- key: group_id, user_id, side, team_id
-- seen: https://github.com/search?q=%22create+materialized+view+public.stats_team_book_alltime%22&type=code
-- large: pick_settlement, picks
with settled as (
  select ps.group_id, ps.user_id, u.display_name, ps.outcome, ps.points_delta, p.picked_team_id,
    case when p.picked_team_id = g.home_team_id then g.away_team_id else g.home_team_id end as opponent_team_id
  from pick_settlement ps
  join picks p on p.id = ps.pick_id
  join games g on g.id = ps.game_id
  join weeks w on w.id = g.week_id
  join users u on u.id = ps.user_id
  where w.is_scoring and ps.pick_id is not null
),
sided as (
  select group_id, user_id, display_name, 'backed'::text as side, picked_team_id as team_id, outcome, points_delta from settled
  union all
  select group_id, user_id, display_name, 'faded'::text as side, opponent_team_id as team_id, outcome, points_delta from settled
)
select sd.group_id, sd.user_id, sd.display_name, sd.side, sd.team_id, t.name as team_name, t.short_name as team_short_name,
  count(*)::int as decisions, count(*) filter (where sd.outcome = 'win')::int as wins, sum(sd.points_delta)::int as points,
  round(count(*) filter (where sd.outcome = 'win')::numeric / nullif(count(*) filter (where sd.outcome in ('win', 'loss')), 0), 4) as accuracy
from sided sd join teams t on t.id = sd.team_id
group by sd.group_id, sd.user_id, sd.display_name, sd.side, sd.team_id, t.name, t.short_name
