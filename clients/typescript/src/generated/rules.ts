// Made from the code by `make docs`; don't edit.

/** What one upload may hold. */
export const UPLOAD_LIMITS = {
  "fileBytes": 52428800,
  "requestBytes": 104857600,
  "files": 50,
  "extensions": [
    ".docx",
    ".pdf",
    ".rtf",
    ".txt"
  ]
};

/** The commands that take an `Idempotency-Key`. */
export const KEYED: readonly string[] = [
  "POST /v1/batches/{batch_id}/pipelines",
  "POST /v1/batches/register"
];

/** The commands that need no token. */
export const PUBLIC: readonly string[] = [
  "POST /v1/auth/login",
  "POST /v1/auth/refresh"
];
