"""Prompt references for tests: one, and what isn't any."""

from pydantic import JsonValue

PROMPT: JsonValue = {"references": {"student_prompt_text": {"storage_id": "prompt-winter-2025"}}}

NO_PROMPTS: list[JsonValue] = [
    7,
    "",
    "prompt-winter-2025",
    [],
    {},
    {"references": {}},
    {"references": None},
    {"references": [PROMPT]},
    {"text": "Write about a winter."},
    {"references": {"student_prompt_text": {"storage_id": "p"}}, "text": "Write about a winter."},
    {"references": {"original_essay": {"storage_id": "p"}}},
    {"references": {"student_prompt_text": {"storage_id": "p"}, "prompt": {"storage_id": "p"}}},
    {"references": {"student_prompt_text": "p"}},
    {"references": {"student_prompt_text": {}}},
    {"references": {"student_prompt_text": {"storage_id": ""}}},
    {"references": {"student_prompt_text": {"storage_id": 7}}},
    {"references": {"student_prompt_text": {"storage_id": "p", "path": 7}}},
    {"references": {"student_prompt_text": {"storage_id": "p", "checksum": "x"}}},
    {"references": {"student_prompt_text": {"storage_id": "p\r\n"}}},
    {"references": {"student_prompt_text": {"storage_id": "a\x00b"}}},
    {"references": {"student_prompt_text": {"storage_id": "\ud800"}}},
    {"references": {"student_prompt_text": {"storage_id": "p" * 513}}},
    {"references": {"a\x00b": {"storage_id": "p"}}},
]
"""Each would be refused by the Batch Orchestrator, or taken for no prompt at all."""
