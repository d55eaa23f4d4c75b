/**
 * The log of requests and its hourly sums; texts as in 0001. On SQLite in a file of their own, so nothing here refers to
 * another table: an organization or a key stands here as it was when the call came.
 */
export const requests = `create table requests (
  organization_id text not null,
  at bigint not null,
  place bigint not null,
  id text not null,
  kind text not null,
  gateway_id text not null,
  key_id text not null,
  key_name text not null,
  version bigint not null,
  child text,
  owner_type text not null,
  owner_id text not null,
  project_id text,
  server_id text,
  tool text,
  provider_id text,
  model text,
  method text,
  admitted integer not null check (admitted in (0, 1)),
  status integer not null,
  code text,
  rule text,
  input bigint,
  output bigint,
  cached bigint,
  cache_write bigint,
  reasoning bigint,
  estimated integer not null check (estimated in (0, 1)),
  cost bigint,
  price text,
  latency_ms bigint not null,
  first_byte_ms bigint,
  address text not null,
  client text not null,
  metadata text not null,
  primary key (organization_id, at, place)
)`

/** What is not there is '' here: it is part of the key. */
export const requestHours = `create table request_hours (
  organization_id text not null,
  hour bigint not null,
  key_id text not null,
  owner_type text not null,
  owner_id text not null,
  kind text not null,
  project_id text not null,
  server_id text not null,
  tool text not null,
  provider_id text not null,
  model text not null,
  status bigint not null,
  requests bigint not null,
  refused bigint not null,
  input bigint not null,
  output bigint not null,
  cached bigint not null,
  reasoning bigint not null,
  cost bigint not null,
  latency_ms bigint not null,
  primary key (organization_id, hour, key_id, owner_id, kind, project_id, server_id, tool, provider_id, model, status)
)`

/** Up to where the log has the records of one life of a gateway process. */
export const requestMarks = `create table request_marks (
  gateway_id text not null,
  boot text not null,
  seq bigint not null,
  at bigint not null,
  primary key (gateway_id, boot)
)`

export const indexes: readonly string[] = [
  'create index requests_of_key on requests (organization_id, key_id, at, place)',
  'create index requests_of_owner on requests (organization_id, owner_id, at, place)',
  'create index request_hours_of_key on request_hours (organization_id, key_id, hour)',
  'create index request_marks_by_age on request_marks (at)',
]
