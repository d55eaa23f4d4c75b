/** What people are told of; texts as in 0001. */
export const tables: readonly string[] = [
  `create table notifications (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    member_id text not null,
    event_id text not null,
    seq bigint not null,
    event text not null,
    subject_kind text not null,
    subject_id text not null,
    title text not null,
    body text not null,
    at bigint not null,
    read_at bigint,
    mail text not null check (mail in ('none', 'waiting', 'sending', 'sent', 'given-up')),
    mail_next_at bigint,
    mail_attempts integer not null default 0,
    mail_error text,
    primary key (organization_id, id),
    unique (organization_id, event_id, member_id)
  )`,
  // Events become notices in the order of their chain; this is how far each organization's have.
  `create table notification_marks (
    organization_id text not null primary key references organizations (id) on delete restrict,
    seq bigint not null
  )`,
  `create table notification_preferences (
    organization_id text not null references organizations (id) on delete restrict,
    member_id text not null,
    mail text not null check (mail in ('at-once', 'daily', 'off')),
    primary key (organization_id, member_id)
  )`,
  // That a key has met its limits is told once a day.
  `create table quota_notices (
    organization_id text not null references organizations (id) on delete restrict,
    key_id text not null,
    code text not null,
    day bigint not null,
    primary key (organization_id, key_id, code, day)
  )`,
]

export const columns: readonly string[] = [
  "alter table webhooks add column format text not null default 'standard' check (format in ('standard', 'slack', 'teams'))",
]

export const indexes: readonly string[] = [
  'create index notifications_of_member on notifications (organization_id, member_id, seq)',
  "create index notifications_to_mail on notifications (mail_next_at) where mail in ('waiting', 'sending')",
  'create index quota_notices_by_day on quota_notices (day)',
]

export const tenantTables: readonly string[] = [
  'notifications',
  'notification_marks',
  'notification_preferences',
  'quota_notices',
]

/** What happened before nobody is told of now. */
export const backfill: readonly string[] = [
  `insert into notification_marks (organization_id, seq)
    select id, coalesce((select max(seq) from audit_events where audit_events.organization_id = organizations.id), 0)
    from organizations`,
]
