"""The closed list: which fields of a definition in JSONata the engine runs."""

COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
FLOW = frozenset({"Next", "End"})
RESULT = frozenset({"Output", "Assign"})
ERRORS = frozenset({"Retry", "Catch"})
MAP_FIELDS = frozenset(
    {"ItemProcessor", "Items", "ItemReader", "ItemSelector", "ItemBatcher", "ResultWriter",
     "MaxConcurrency", "Label",
     "ToleratedFailureCount", "ToleratedFailurePercentage"}
)  # fmt: skip
FIELDS: dict[str, frozenset[str]] = {
    "Pass": COMMON | FLOW | RESULT,
    "Succeed": COMMON | {"Output"},
    "Fail": COMMON | {"Error", "Cause"},
    "Choice": COMMON | RESULT | {"Choices", "Default"},
    "Wait": COMMON | FLOW | RESULT | {"Seconds", "Timestamp"},
    "Task": COMMON | FLOW | RESULT | ERRORS
    | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"},
    "Parallel": COMMON | FLOW | RESULT | ERRORS | {"Branches", "Arguments"},
    "Map": COMMON | FLOW | RESULT | ERRORS | MAP_FIELDS,
}  # fmt: skip
BLOCK = frozenset({"Comment", "StartAt", "States", "QueryLanguage", "ProcessorConfig"})
MACHINE = frozenset({"Comment", "StartAt", "States", "QueryLanguage", "Version", "TimeoutSeconds"})
RETRY = frozenset(
    {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds",
     "JitterStrategy", "Comment"}
)  # fmt: skip
CATCH = frozenset({"ErrorEquals", "Next", "Output", "Assign", "Comment"})
RULE = frozenset({"Condition", "Next", "Output", "Assign", "Comment"})
BATCHER = frozenset({"MaxItemsPerBatch", "MaxInputBytesPerBatch", "BatchInput"})
READS, WRITES = frozenset({"getObject", "listObjectsV2"}), frozenset({"putObject"})
INPUT_TYPES = frozenset({"JSON", "JSONL", "CSV"})
