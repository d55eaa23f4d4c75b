/** Limits and budgets; texts as in 0001. */
export const tables: readonly string[] = [
  `create table limits (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    target_type text not null,
    target_id text not null,
    target_name text not null default '',
    requests_per_minute bigint check (requests_per_minute > 0),
    tokens_per_minute bigint check (tokens_per_minute > 0),
    concurrent bigint check (concurrent > 0),
    streams bigint check (streams > 0),
    detached text not null check (detached in ('share', 'closed')),
    state text not null check (state in ('active', 'deleted')),
    created_at bigint not null,
    created_by text not null,
    revision bigint not null,
    primary key (organization_id, id)
  )`,
  // One row for each pool that was ever asked for: who changes what is given away of it holds this row, so that several
  // controls on one database wait for each other. `seats`: the sum of its rows in limit_seats.
  `create table limit_pools (
    organization_id text not null references organizations (id) on delete restrict,
    pool text not null,
    seats bigint not null check (seats >= 0),
    primary key (organization_id, pool)
  )`,
  // What of a window has been given away, and what of it is kept for gateways that control may not reach when it opens.
  `create table limit_windows (
    organization_id text not null references organizations (id) on delete restrict,
    pool text not null,
    minute bigint not null,
    used bigint not null check (used >= 0),
    aside bigint not null check (aside >= 0),
    primary key (organization_id, pool, minute)
  )`,
  `create table limit_seats (
    organization_id text not null references organizations (id) on delete restrict,
    pool text not null,
    gateway_id text not null,
    boot text not null,
    seats bigint not null check (seats >= 0),
    primary key (organization_id, pool, gateway_id, boot)
  )`,
  // Lives of gateway processes that may hold something. The organization is the gateway's own.
  `create table limit_holders (
    organization_id text not null references organizations (id) on delete restrict,
    gateway_id text not null,
    boot text not null,
    serves text not null check (serves in ('own', 'all')),
    touched_at bigint not null,
    seen_at bigint not null,
    fresh_seconds bigint not null,
    asked_seconds bigint not null,
    primary key (organization_id, gateway_id, boot)
  )`,
  // What a process may admit of each window while control is out of its reach. `share`: the most that it may believe.
  `create table limit_shares (
    organization_id text not null references organizations (id) on delete restrict,
    pool text not null,
    gateway_id text not null,
    boot text not null,
    share bigint not null check (share >= 0),
    told bigint not null check (told >= 0),
    told_at bigint not null,
    primary key (organization_id, pool, gateway_id, boot)
  )`,
  `create table budgets (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    target_type text not null,
    target_id text not null,
    period text not null check (period in ('total', 'day', 'week', 'month')),
    amount bigint not null check (amount >= 0),
    thresholds text not null,
    frozen integer not null default 0 check (frozen in (0, 1)),
    reset_period text,
    resets bigint not null default 0,
    state text not null check (state in ('active', 'deleted')),
    created_at bigint not null,
    created_by text not null,
    revision bigint not null,
    primary key (organization_id, id)
  )`,
  // One row for each account of each period; the sum over all accounts of a period is 0.
  `create table budget_accounts (
    organization_id text not null references organizations (id) on delete restrict,
    budget_id text not null,
    period text not null,
    account text not null,
    balance bigint not null,
    primary key (organization_id, budget_id, period, account),
    foreign key (organization_id, budget_id) references budgets (organization_id, id) on delete restrict
  )`,
  // Kept for ever. The unique key is the second net under what is counted once: one record moves money once.
  `create table budget_entries (
    row_id ordinal,
    organization_id text not null references organizations (id) on delete restrict,
    budget_id text not null,
    period text not null,
    at bigint not null,
    kind text not null,
    debit text not null,
    credit text not null,
    amount bigint not null check (amount > 0),
    gateway_id text,
    boot text,
    seq bigint,
    request_id text,
    key_id text,
    price text,
    note text,
    unique (organization_id, budget_id, period, gateway_id, boot, seq, kind),
    foreign key (organization_id, budget_id) references budgets (organization_id, id) on delete restrict
  )`,
  `create table budget_thresholds (
    organization_id text not null references organizations (id) on delete restrict,
    budget_id text not null,
    period text not null,
    percent integer not null,
    at bigint not null,
    primary key (organization_id, budget_id, period, percent),
    foreign key (organization_id, budget_id) references budgets (organization_id, id) on delete restrict
  )`,
]

export const indexes: readonly string[] = [
  'create index limit_windows_by_minute on limit_windows (minute)',
  'create index limit_seats_of_holder on limit_seats (gateway_id, boot)',
  'create index limit_shares_of_holder on limit_shares (gateway_id, boot)',
  `create unique index limits_of_target on limits (organization_id, target_type, target_id, target_name) where state = 'active'`,
  `create unique index budgets_of_target on budgets (organization_id, target_type, target_id, period) where state = 'active'`,
  'create index budget_accounts_of_holder on budget_accounts (account)',
  'create index budget_entries_of_period on budget_entries (organization_id, budget_id, period, row_id)',
]

export const tenantTables: readonly string[] = [
  'limits',
  'limit_pools',
  'limit_windows',
  'limit_seats',
  'limit_holders',
  'limit_shares',
  'budgets',
  'budget_accounts',
  'budget_entries',
  'budget_thresholds',
]
