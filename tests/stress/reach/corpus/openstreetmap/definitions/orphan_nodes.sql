-- key: id
-- seen: https://github.com/osmlab/osmlint
-- large: current_nodes, current_way_nodes
SELECT id FROM current_nodes WHERE visible
EXCEPT
SELECT node_id FROM current_way_nodes
EXCEPT
SELECT member_id FROM current_relation_members WHERE member_type = 'Node'
