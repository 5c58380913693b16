import { answered, type Exchange, type Send } from "./call.js";
import { type Answer, type EdgeCode, EdgeError } from "./errors.js";
import { UPLOAD_LIMITS } from "./generated/rules.js";
import { abortable, type Deadline } from "./waiting.js";

/** What multipart adds to a file at most: its name and the lines around it. */
const FRAME_BYTES = 512;

/** How far an upload is, in bytes of content. */
export interface Progress {
  readonly loaded: number;
  readonly total: number;
  /** The same for each file, in their order. */
  readonly files: readonly { readonly name: string; readonly loaded: number; readonly total: number }[];
}

/** How to upload. */
export interface UploadOptions {
  /** Is told what was sent so far; where there is no `XMLHttpRequest`, once at the end. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
  /** How long the upload may rest, 60 s unless given; where there is no `XMLHttpRequest`, how long it may take. */
  readonly timeoutMs?: number;
  readonly assignmentId?: string;
}

/**
 * Returns what the gateway would refuse, without sending anything: one error for each file, and one for all of them
 * together. `details` are the gateway's own.
 */
export function checkFiles(files: Iterable<File>): EdgeError[] {
  const all = [...files];
  const { extensions, fileBytes, files: most, requestBytes } = UPLOAD_LIMITS;
  const faults = all.flatMap(({ name: filename, size }) => {
    if (!extensions.includes(extension(filename))) {
      const message = `The name of a file must end in ${extensions.join(", ")}; ${filename} doesn't.`;
      return refused("UNSUPPORTED_MEDIA_TYPE", 415, message, { filename, supported_extensions: extensions });
    }
    if (size <= fileBytes) return [];
    const message = `The file ${filename} is larger than ${fileBytes} bytes.`;
    return refused("PAYLOAD_TOO_LARGE", 413, message, { filename, limit_bytes: fileBytes });
  });
  if (all.length === 0) faults.push(refused("MISSING_REQUIRED_FIELD", 400, "There is no file to upload."));
  if (all.length > most) {
    faults.push(refused("PAYLOAD_TOO_LARGE", 413, `At most ${most} files may be sent at once.`, { limit_count: most }));
  }
  if (all.reduce((sum, { size }) => sum + size + FRAME_BYTES, 0) > requestBytes) {
    const message = `The files are larger than ${requestBytes} bytes together.`;
    faults.push(refused("PAYLOAD_TOO_LARGE", 413, message, { limit_bytes: requestBytes }));
  }
  return faults;
}

/** Returns the exchange that sends `files`, which the gateway takes, as far as can be told. */
export function uploading(
  url: string,
  batchId: string,
  files: readonly File[],
  { onProgress, assignmentId }: UploadOptions,
  { send, XHR }: { send: Send; XHR: (new () => XMLHttpRequest) | undefined },
): Exchange<Answer> {
  const form = new FormData();
  form.append("batch_id", batchId);
  if (assignmentId !== undefined) form.append("assignment_id", assignmentId);
  for (const file of files) form.append("files", file, file.name);
  const tell = (sentBytes: number, allBytes: number) => onProgress?.(progressOf(files, sentBytes, allBytes));
  if (XHR) return (headers, limit) => byXHR(new XHR(), { url, headers, form, limit, tell });
  return async (headers, limit) => {
    const request = new Request(url, { method: "POST", headers, body: form, signal: limit.signal });
    const { answer } = await answered(send, request, limit.signal);
    if (answer.status < 300) tell(1, 1);
    return answer;
  };
}

interface Sending {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: FormData;
  readonly limit: Deadline;
  readonly tell: (sentBytes: number, allBytes: number) => void;
}

function byXHR(xhr: XMLHttpRequest, { url, headers, form, limit, tell }: Sending): Promise<Answer> {
  const sent = new Promise<Answer>((resolve, reject) => {
    xhr.open("POST", url);
    for (const name in headers) xhr.setRequestHeader(name, headers[name] ?? "");
    xhr.upload.onprogress = ({ loaded, total }) => {
      limit.extend();
      tell(loaded, total);
    };
    xhr.onload = () => {
      const header = (name: string) => xhr.getResponseHeader(name);
      resolve({ status: xhr.status, text: xhr.responseText, header });
    };
    xhr.onerror = () => reject(new TypeError("The upload broke off."));
    xhr.send(form);
  });
  return abortable(sent, limit.signal).catch((error: unknown) => {
    xhr.abort();
    throw error;
  });
}

/** Shares out what was sent, multipart's own lines included, among the files, which are sent one after the other. */
function progressOf(files: readonly File[], sentBytes: number, allBytes: number): Progress {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const loaded = allBytes > 0 ? Math.floor((total * Math.min(sentBytes, allBytes)) / allBytes) : 0;
  let left = loaded;
  const each = files.map(({ name, size }) => {
    const part = Math.min(size, left);
    left -= part;
    return { name, loaded: part, total: size };
  });
  return { loaded, total, files: each };
}

function extension(name: string): string {
  const visible = name.replace(/^\.+/, "");
  return visible.includes(".") ? visible.slice(visible.lastIndexOf(".")).toLowerCase() : "";
}

function refused(code: EdgeCode, status: number, message: string, details = {}): EdgeError {
  return new EdgeError({ code, status, message, details: { field: "files", ...details } });
}
