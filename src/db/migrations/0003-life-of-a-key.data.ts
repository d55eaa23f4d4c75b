/** New tables, in the order of their foreign keys; texts as in 0001. */
export const tables: readonly string[] = [
  `create table key_tags (
    organization_id text not null references organizations (id) on delete restrict,
    tag text not null,
    key_id text not null,
    primary key (organization_id, tag, key_id),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  // Servers that the choice of a key names, admitted ("only") or left out ("except"); keys.mcp_servers says which.
  `create table key_servers (
    organization_id text not null references organizations (id) on delete restrict,
    server_id text not null,
    key_id text not null,
    primary key (organization_id, server_id, key_id),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  `create table key_claims (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    key_id text not null,
    code_hash text not null unique,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint not null,
    used_at bigint,
    used_by text,
    withdrawn_at bigint,
    primary key (organization_id, id),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  `create table children (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    key_id text not null,
    parent_id text,
    depth integer not null check (depth > 0),
    narrow text not null,
    version integer not null check (version >= 0),
    epoch bigint not null,
    issued_at bigint not null,
    issued_by text not null,
    expires_at bigint not null,
    revoked_at bigint,
    revision bigint not null,
    primary key (organization_id, id),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  `create table webhooks (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    name text not null,
    url text not null,
    events text not null,
    secret_blob text not null,
    state text not null,
    created_at bigint not null,
    created_by text not null,
    failing_since bigint,
    sender text,
    sender_until bigint,
    revision bigint not null,
    primary key (organization_id, id)
  )`,
  `create table webhook_deliveries (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    webhook_id text not null,
    seq bigint not null,
    event text not null,
    payload text not null,
    state text not null,
    attempts integer not null,
    next_at bigint not null,
    last_error text,
    created_at bigint not null,
    delivered_at bigint,
    primary key (organization_id, id),
    unique (organization_id, webhook_id, seq),
    foreign key (organization_id, webhook_id) references webhooks (organization_id, id) on delete restrict
  )`,
  // Events are handed to webhooks in the order of their chain; this is how far each organization's have been.
  `create table webhook_marks (
    organization_id text not null primary key references organizations (id) on delete restrict,
    seq bigint not null
  )`,
  `create table rotations (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    key_id text not null,
    mode text not null,
    state text not null,
    from_version integer not null check (from_version >= 0),
    to_version integer not null check (to_version > 0),
    started_at bigint not null,
    started_by text not null,
    grace_seconds bigint not null,
    deadline_at bigint,
    silent_seconds bigint,
    first_used_at bigint,
    ended_at bigint,
    webhook_id text,
    attempts integer not null,
    next_at bigint,
    acted_at bigint,
    boot text,
    last_error text,
    revision bigint not null,
    primary key (organization_id, id),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  `create table key_warnings (
    organization_id text not null references organizations (id) on delete restrict,
    key_id text not null,
    kind text not null,
    due_at bigint not null,
    days integer not null,
    at bigint not null,
    primary key (organization_id, key_id, kind, due_at, days),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  // Who has called, by what they say of themselves and from where: a row is bounded in number per key, not in time.
  `create table key_clients (
    organization_id text not null references organizations (id) on delete restrict,
    key_id text not null,
    version integer not null,
    client text not null,
    address text not null,
    first_seen_at bigint not null,
    last_seen_at bigint not null,
    requests bigint not null,
    primary key (organization_id, key_id, version, client, address),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  `create table key_calls (
    organization_id text not null references organizations (id) on delete restrict,
    key_id text not null,
    server_id text not null,
    tool text not null,
    first_seen_at bigint not null,
    last_seen_at bigint not null,
    requests bigint not null,
    primary key (organization_id, key_id, server_id, tool),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
  // Requests of all keys of an owner that are there: what a share is a share of.
  `create table owner_requests (
    organization_id text not null references organizations (id) on delete restrict,
    owner_id text not null,
    requests bigint not null,
    primary key (organization_id, owner_id)
  )`,
  // Which reports of a gateway process have been counted: each once, however often it is sent. Of the installation.
  `create table usage_marks (
    gateway_id text not null,
    boot text not null,
    seq bigint not null,
    at bigint not null,
    primary key (gateway_id, boot)
  )`,
  `create table audit_checkpoints (
    organization_id text not null references organizations (id) on delete restrict,
    seq bigint not null,
    hash text not null,
    at bigint not null,
    signing_key text not null,
    signature text not null,
    primary key (organization_id, seq)
  )`,
]

export const columns: readonly string[] = [
  "alter table keys add column metadata text not null default '{}'",
  "alter table keys add column tags text not null default '[]'",
  'alter table keys add column honey integer not null default 0 check (honey in (0, 1))',
  'alter table keys add column ephemeral integer not null default 0 check (ephemeral in (0, 1))',
  'alter table keys add column epoch bigint not null default 1',
  'alter table keys add column pin_network integer not null default 0 check (pin_network in (0, 1))',
  'alter table keys add column pinned_network text',
  'alter table keys add column state_reason text',
  'alter table keys add column exposed_at bigint',
  'alter table keys add column seen_in_browser_at bigint',
  "alter table keys add column mcp_servers text not null default 'none'",
  'alter table keys add column copied_from text',
  'alter table keys add column rotation text',
  'alter table keys add column rotation_due_at bigint',
  'alter table keys add column secret_made_at bigint',
  'alter table keys add column requests bigint not null default 0',
  'alter table keys add column last_used_at bigint',
  'alter table secret_versions add column last_used_at bigint',
  'alter table secret_versions add column first_used_at bigint',
  "alter table organizations add column policies text not null default '{}'",
  'alter table audit_events add column address text',
  'alter table gateways add column public_url text',
]

export const indexes: readonly string[] = [
  'create index keys_expiring on keys (expires_at, id) where expires_at is not null',
  'create index keys_rotation_due on keys (rotation_due_at, id) where rotation_due_at is not null',
  'create index keys_secret_made on keys (organization_id, secret_made_at, id) where secret_made_at is not null',
  'create index key_warnings_due on key_warnings (due_at)',
  'create index keys_scheduled on keys (organization_id, id) where rotation is not null',
  'create index key_tags_key on key_tags (organization_id, key_id)',
  'create index key_servers_key on key_servers (organization_id, key_id)',
  'create index key_claims_key on key_claims (organization_id, key_id)',
  'create index children_key on children (organization_id, key_id, issued_at, id)',
  'create index children_live on children (organization_id, key_id, expires_at)',
  'create index children_ending on children (expires_at)',
  "create index webhook_deliveries_waiting on webhook_deliveries (organization_id, webhook_id, seq) where state = 'waiting'",
  'create index webhook_deliveries_made on webhook_deliveries (created_at)',
  'create index rotations_key on rotations (organization_id, key_id, started_at, id)',
  'create index rotations_open on rotations (state, next_at) where ended_at is null',
  // Of two that rotate one key at the same time the later one finds the first.
  'create unique index rotations_one_open on rotations (organization_id, key_id) where ended_at is null',
  'create index rotations_started on rotations (organization_id, started_at, id)',
  'create index rotations_acted on rotations (organization_id, acted_at) where acted_at is not null',
  'create index key_clients_seen on key_clients (organization_id, key_id, last_seen_at)',
  'create index key_clients_ending on key_clients (last_seen_at)',
  'create index key_calls_seen on key_calls (organization_id, key_id, last_seen_at)',
  'create index key_calls_ending on key_calls (last_seen_at)',
]

/** Tables whose rows belong to one organization, which `organization_id` names. */
export const tenantTables: readonly string[] = [
  'key_tags',
  'key_servers',
  'key_names',
  'key_claims',
  'children',
  'webhooks',
  'webhook_deliveries',
  'webhook_marks',
  'rotations',
  'key_warnings',
  'key_clients',
  'key_calls',
  'owner_requests',
  'audit_checkpoints',
]

/** What the new columns say of the keys that there are. */
export const backfill = {
  both: [
    `update keys set secret_made_at = (select max(v.created_at) from secret_versions v
      where v.organization_id = keys.organization_id and v.key_id = keys.id)`,
  ],
  sqlite: [
    `update keys set mcp_servers = case when json_extract(scope, '$.mcp.enabled')
      then json_extract(scope, '$.mcp.servers.mode') else 'off' end`,
    `insert into key_servers (organization_id, server_id, key_id)
      select distinct k.organization_id, item.value, k.id from keys k, json_each(k.scope, '$.mcp.servers.items') item
      where k.state <> 'deleted'`,
  ],
  postgres: [
    `update keys set mcp_servers = case when (scope::jsonb #>> '{mcp,enabled}')::boolean
      then scope::jsonb #>> '{mcp,servers,mode}' else 'off' end`,
    `insert into key_servers (organization_id, server_id, key_id)
      select distinct k.organization_id, item, k.id from keys k,
        jsonb_array_elements_text(coalesce(k.scope::jsonb #> '{mcp,servers,items}', '[]'::jsonb)) item
      where k.state <> 'deleted'`,
  ],
} as const
