-- Besides functions, the operators, types, casts and collations that a definition uses. The next apply notes them.
COMMENT ON COLUMN denorm.read_model.calls IS
    'What the definition uses beside its sources and somebody may alter: functions, operators, types, collations.';
COMMENT ON COLUMN denorm.read_model.signature IS
    'What the catalog said of that (denorm.function_signature); NULL until somebody looks.';
-- It is two entries now.
UPDATE denorm.read_model SET signature = signature - 'text search and enums';
