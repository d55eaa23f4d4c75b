/**
 * What a search by name looks in: the folded names of keys that are not deleted, kept by triggers so that no writer can
 * forget them. Apart from `keys`, because on PostgreSQL whatever is written about a key, each count of its requests too,
 * would be written into the trigrams of its name again.
 */

const sqliteTables: readonly string[] = [
  // Numbers of full-text rows: those of one organization stand together, so that a search reads no other's.
  `create table organization_numbers (
    number integer primary key,
    organization_id text not null unique references organizations (id) on delete restrict
  ) strict`,
  `create table key_names (
    number integer primary key,
    organization_id text not null,
    key_id text not null,
    name text not null,
    unique (organization_id, key_id),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  ) strict`,
  `create virtual table key_name_parts using fts5
    (name, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1')`,
]

/** The first of an organization is its number in the upper half; VACUUM leaves them all as they are. */
const nextNumber = `1 + coalesce(
  (select max(k.number) from key_names k where k.number between o.number << 32 and (o.number << 32) + 4294967295),
  o.number << 32)`

const sqliteTriggers: readonly string[] = [
  `create trigger keys_named after insert on keys when new.state <> 'deleted' begin
    insert into organization_numbers (organization_id) values (new.organization_id) on conflict do nothing;
    insert into key_names (number, organization_id, key_id, name)
      select ${nextNumber}, new.organization_id, new.id, lower(new.name)
      from organization_numbers o where o.organization_id = new.organization_id;
  end`,
  `create trigger keys_renamed after update of name on keys when new.name <> old.name begin
    update key_names set name = lower(new.name) where organization_id = new.organization_id and key_id = new.id;
  end`,
  `create trigger keys_unnamed after update of state on keys when new.state = 'deleted' and old.state <> 'deleted' begin
    delete from key_names where organization_id = new.organization_id and key_id = new.id;
  end`,
  `create trigger key_names_made after insert on key_names begin
    insert into key_name_parts (rowid, name) values (new.number, new.name);
  end`,
  `create trigger key_names_changed after update of name on key_names begin
    update key_name_parts set name = new.name where rowid = new.number;
  end`,
  `create trigger key_names_gone after delete on key_names begin
    delete from key_name_parts where rowid = old.number;
  end`,
]

const postgresTables: readonly string[] = [
  `do $$ begin
    create extension if not exists pg_trgm;
    create extension if not exists btree_gin;
  exception when insufficient_privilege or feature_not_supported or undefined_file then
    raise exception 'The search for keys needs the PostgreSQL extensions pg_trgm and btree_gin, and they cannot be created here (%): install the server''s contrib package where it is missing, or let somebody who may run "create extension pg_trgm; create extension btree_gin" in this database once.', sqlerrm;
  end $$`,
  `create table key_names (
    organization_id text collate "C" not null,
    key_id text collate "C" not null,
    name text collate "C" not null,
    primary key (organization_id, key_id) include (name),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict
  )`,
]

const postgresTriggers: readonly string[] = [
  `create function ostiary_name_key() returns trigger language plpgsql as $$
  begin
    if tg_op = 'INSERT' then
      insert into key_names (organization_id, key_id, name)
        values (new.organization_id, new.id, lower(new.name collate "C"));
    elsif new.state = 'deleted' then
      delete from key_names where organization_id = new.organization_id and key_id = new.id;
    else
      update key_names set name = lower(new.name collate "C")
        where organization_id = new.organization_id and key_id = new.id;
    end if;
    return null;
  end $$`,
  `create trigger keys_named after insert on keys
    for each row when (new.state <> 'deleted') execute function ostiary_name_key()`,
  `create trigger keys_renamed after update of name, state on keys
    for each row when (new.name <> old.name or new.state = 'deleted' and old.state <> 'deleted')
    execute function ostiary_name_key()`,
]

const namesIndex = 'create index key_names_name on key_names (organization_id, name, key_id)'

/** SQLite only. Rows of before. */
export const numberedNames: readonly string[] = [
  'insert into organization_numbers (organization_id) select id from organizations where true on conflict do nothing',
  `insert into key_names (number, organization_id, key_id, name)
    select (o.number << 32) + row_number() over (partition by k.organization_id order by k.id), k.organization_id, k.id,
      lower(k.name)
    from keys k join organization_numbers o on o.organization_id = k.organization_id where k.state <> 'deleted'`,
]

export const namesOfKeys = {
  sqlite: [...sqliteTables, namesIndex, ...sqliteTriggers, ...numberedNames],
  postgres: [...postgresTables, namesIndex, ...postgresTriggers],
} as const

/** PostgreSQL only. As the system, once its policies stand; rows of before. */
export const namesOfFormerKeys = `insert into key_names (organization_id, key_id, name)
  select organization_id, id, lower(name) from keys where state <> 'deleted'`

/** PostgreSQL only. Without a list of what is pending: each search would read all of it. */
export const partsOfNames =
  'create index key_names_parts on key_names using gin (organization_id, name gin_trgm_ops) with (fastupdate = off)'

/**
 * Places of keys that have no instant: never expires comes last, never used first. Columns and not expressions: SQLite
 * goes on from a place in the middle of an index only where that is made of columns.
 */
export const orderColumns = {
  sqlite: [
    'alter table keys add column expiry_order integer generated always as (coalesce(expires_at, 9007199254740991)) virtual',
    'alter table keys add column use_order integer generated always as (coalesce(last_used_at, 0)) virtual',
  ],
  postgres: [
    `alter table keys
      add column expiry_order bigint generated always as (coalesce(expires_at, 9007199254740991)) stored,
      add column use_order bigint generated always as (coalesce(last_used_at, 0)) stored`,
  ],
} as const

/** Deleted keys are in no list: one that has many of them is as quick as one that has none. */
export const liveOrders: readonly string[] = [
  'drop index keys_created',
  "create index keys_created on keys (organization_id, created_at, id) where state <> 'deleted'",
  'drop index keys_name',
  "create index keys_name on keys (organization_id, name, id) where state <> 'deleted'",
  'drop index keys_owner_name',
  "create index keys_owner_name on keys (organization_id, owner_name, id) where state <> 'deleted'",
  'drop index keys_expiry',
  "create index keys_expiry on keys (organization_id, expiry_order, id) where state <> 'deleted'",
  'drop index keys_standing',
  "create index keys_standing on keys (organization_id, state, expiry_order, id) where state <> 'deleted'",
  "create index keys_last_used on keys (organization_id, use_order, id) where state <> 'deleted'",
  "create index keys_requests on keys (organization_id, requests, id) where state <> 'deleted'",
  // Never used counts from when it was made.
  "create index keys_unused on keys (organization_id, coalesce(last_used_at, created_at), id) where state <> 'deleted'",
  // Of an owner it answers which keys and how many, without a look at the rows.
  'drop index keys_owner',
  'create index keys_owner on keys (organization_id, owner_id, state, id)',
]
