// Made from the contracts and the feed's models by `make docs`; don't edit.

/** A type, category or priority that is newer than this client. */
export type Newer = string & {};

/** A position in the user's history; opaque: keep it and send it back. */
export type Cursor = string;

/** The notification types in use; a new one is relayed too. */
export type NotificationType =
  | "batch_files_uploaded"
  | "batch_file_removed"
  | "batch_validation_failed"
  | "class_created"
  | "student_added_to_class"
  | "student_matching_confirmation_required"
  | "validation_timeout_processed"
  | "student_associations_confirmed"
  | "batch_processing_started"
  | "batch_spellcheck_completed"
  | "batch_nlp_completed"
  | "batch_cj_assessment_completed"
  | "batch_results_ready"
  | "batch_assessment_completed"
  | "pipeline_completed"
  | "pipeline_denied_insufficient_credits"
  | "pipeline_denied_rate_limit"
  | "phase_skipped";

/** The categories in use; a new one is relayed too. */
export type Category =
  | "batch_progress"
  | "processing_results"
  | "file_operations"
  | "class_management"
  | "student_workflow"
  | "system_alerts";

/** The priorities in use, most urgent first; a new one is relayed too. */
export type Priority =
  | "critical"
  | "immediate"
  | "high"
  | "standard"
  | "low";

/** How truthfully a client could be continued. */
export type Outcome =
  | "live"
  | "resumed"
  | "gap"
  | "reset";

/** The members that every notification has; its payload's own members stand beside them. */
export interface NotificationFacts {
  readonly category: Category | Newer;
  readonly priority: Priority | Newer;
  readonly action_required: boolean;
  readonly deadline: string | null;
  readonly batch_id: string | null;
  readonly class_id: string | null;
  readonly correlation_id: string;
  readonly timestamp: string;
}

/** The data of each control frame, by its event. */
export interface ControlFacts {
  /** The feed is ready, or its history was reset. */
  readonly "feed.ready": {
    readonly cursor: Cursor;
    readonly outcome: Outcome;
    readonly heartbeat_s?: number | null;
    readonly retry_after_ms?: number | null;
  };
  /** The notifications between two cursors are no longer kept; reload the state by REST. */
  readonly "feed.gap": {
    readonly from: Cursor;
    readonly to: Cursor;
  };
  /** The token expires soon; renew it. */
  readonly "feed.expiring": {
    readonly in_s: number;
  };
  /** The seen-mark has moved, on this device or another. */
  readonly "feed.seen": {
    readonly cursor: Cursor;
    readonly unread: number;
  };
  /** This replica shuts down; a close follows. */
  readonly "feed.drain": {
    readonly retry_after_ms: number;
  };
  /** The client's frame was not accepted; the connection stays open. */
  readonly "feed.error": {
    readonly code: string;
    readonly message: string;
    readonly correlation_id: string;
    readonly service: string;
    readonly timestamp: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

export type AnyPayload = Readonly<Record<string, unknown>>;

/**
 * The payload of a type: what `Payloads` declares, such as `{ class_created: { class_designation: string } }`. The
 * contract leaves payloads to the services that send them, so a page declares what it relies on.
 */
export type PayloadOf<Payloads, Type> = Type extends keyof Payloads
  ? Payloads[Type]
  : AnyPayload;

/** A notification to the teacher; kept and replayed by its `id`. */
export interface Notification<Type extends string = NotificationType | Newer, Payload = AnyPayload> {
  readonly event: Type;
  readonly data: NotificationFacts & Payload;
  readonly id: Cursor;
}

/** A message that another service published directly: it has no `id` and may be missed. */
export interface DirectMessage {
  readonly event: Newer;
  readonly data?: unknown;
  readonly id?: undefined;
}

export type ControlEvent = keyof ControlFacts;

/** A frame of the feed itself. */
export interface ControlFrame<Event extends ControlEvent = ControlEvent> {
  readonly event: Event;
  readonly data: ControlFacts[Event];
  readonly id?: undefined;
}

/** A frame that moves the client's position. */
export type ChainedFrame = Notification | ControlFrame<"feed.ready"> | ControlFrame<"feed.gap">;

export type AnyFrame = Notification | DirectMessage | { [Event in ControlEvent]: ControlFrame<Event> }[ControlEvent];
