/** New tables, in the order of their foreign keys; texts as in 0001. */
export const tables: readonly string[] = [
  `create table teams (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    slug text not null,
    name text not null,
    state text not null,
    created_at bigint not null,
    revision bigint not null,
    primary key (organization_id, id),
    unique (organization_id, slug)
  )`,
  `create table team_members (
    organization_id text not null references organizations (id) on delete restrict,
    team_id text not null,
    member_id text not null,
    primary key (organization_id, team_id, member_id),
    foreign key (organization_id, team_id) references teams (organization_id, id) on delete restrict,
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  `create table providers (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    project_id text not null,
    slug text not null,
    name text not null,
    dialect text not null,
    base_url text not null,
    models text not null,
    credential_id text,
    state text not null,
    created_at bigint not null,
    created_by text not null,
    revision bigint not null,
    primary key (organization_id, id),
    unique (organization_id, slug),
    foreign key (organization_id, project_id) references projects (organization_id, id) on delete restrict,
    foreign key (organization_id, credential_id) references credentials (organization_id, id) on delete restrict
  )`,
  `create table catalogs (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    slug text not null,
    name text not null,
    everyone integer not null check (everyone in (0, 1)),
    joined_by_new integer not null check (joined_by_new in (0, 1)),
    created_at bigint not null,
    revision bigint not null,
    primary key (organization_id, id),
    unique (organization_id, slug)
  )`,
  `create table catalog_servers (
    organization_id text not null references organizations (id) on delete restrict,
    catalog_id text not null,
    server_id text not null,
    primary key (organization_id, catalog_id, server_id),
    foreign key (organization_id, catalog_id) references catalogs (organization_id, id) on delete cascade,
    foreign key (organization_id, server_id) references servers (organization_id, id) on delete restrict
  )`,
  `create table catalog_providers (
    organization_id text not null references organizations (id) on delete restrict,
    catalog_id text not null,
    provider_id text not null,
    primary key (organization_id, catalog_id, provider_id),
    foreign key (organization_id, catalog_id) references catalogs (organization_id, id) on delete cascade,
    foreign key (organization_id, provider_id) references providers (organization_id, id) on delete restrict
  )`,
  `create table catalog_teams (
    organization_id text not null references organizations (id) on delete restrict,
    catalog_id text not null,
    team_id text not null,
    primary key (organization_id, catalog_id, team_id),
    foreign key (organization_id, catalog_id) references catalogs (organization_id, id) on delete cascade,
    foreign key (organization_id, team_id) references teams (organization_id, id) on delete restrict
  )`,
  `create table catalog_members (
    organization_id text not null references organizations (id) on delete restrict,
    catalog_id text not null,
    member_id text not null,
    primary key (organization_id, catalog_id, member_id),
    foreign key (organization_id, catalog_id) references catalogs (organization_id, id) on delete cascade,
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  // key_id without a foreign key: an app and its first key are written together, in either order.
  `create table apps (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    slug text not null,
    name text not null,
    project_id text not null,
    owner_type text not null,
    owner_id text not null,
    owner_name text not null,
    tools text not null,
    tools_default text not null,
    state text not null,
    key_id text,
    created_at bigint not null,
    created_by text not null,
    revision bigint not null,
    primary key (organization_id, id),
    unique (organization_id, slug),
    foreign key (organization_id, project_id) references projects (organization_id, id) on delete restrict
  )`,
  `create table key_projects (
    organization_id text not null references organizations (id) on delete restrict,
    key_id text not null,
    project_id text not null,
    primary key (organization_id, key_id, project_id),
    foreign key (organization_id, key_id) references keys (organization_id, id) on delete restrict,
    foreign key (organization_id, project_id) references projects (organization_id, id) on delete restrict
  )`,
]

export const columns: readonly string[] = [
  "alter table organizations add column mixed_environments text not null default 'refused'",
  "alter table members add column state text not null default 'active'",
  'alter table members add column revision bigint not null default 1',
  "alter table projects add column state text not null default 'active'",
  'alter table projects add column revision bigint not null default 1',
  'alter table management_tokens add column last_used_at bigint',
  'alter table management_tokens add column carries_operator integer not null default 0 check (carries_operator in (0, 1))',
  'alter table servers add column created_by text',
]

export const indexes: readonly string[] = [
  // Who was removed may come back under the same address.
  'drop index members_email',
  "create unique index members_live_email on members (organization_id, email) where state = 'active'",
  'create index members_name on members (organization_id, name, id)',
  'create index team_members_member on team_members (organization_id, member_id)',
  'create unique index catalogs_one_joined on catalogs (organization_id) where joined_by_new = 1',
  'create index catalog_servers_server on catalog_servers (organization_id, server_id)',
  'create index catalog_providers_provider on catalog_providers (organization_id, provider_id)',
  'create index catalog_teams_team on catalog_teams (organization_id, team_id)',
  'create index catalog_members_member on catalog_members (organization_id, member_id)',
  'create index apps_owner on apps (organization_id, owner_id)',
  'create index apps_project on apps (organization_id, project_id)',
  'create index apps_created on apps (organization_id, created_at, id)',
  'create index providers_project on providers (organization_id, project_id)',
  'create index providers_credential on providers (organization_id, credential_id)',
  'create index key_projects_project on key_projects (organization_id, project_id, key_id)',
]

/** Tables whose rows belong to one organization. */
export const tenantTables: readonly (readonly [table: string, column: string])[] = [
  ['teams', 'organization_id'],
  ['team_members', 'organization_id'],
  ['providers', 'organization_id'],
  ['catalogs', 'organization_id'],
  ['catalog_servers', 'organization_id'],
  ['catalog_providers', 'organization_id'],
  ['catalog_teams', 'organization_id'],
  ['catalog_members', 'organization_id'],
  ['apps', 'organization_id'],
  ['key_projects', 'organization_id'],
]

const firstProject = `from projects p where p.organization_id = keys.organization_id and p.is_default = 1`
const newRights = `"llm": {"enabled": false, "providers": {"mode": "none"}, "models": {"mode": "all"}},
  "gateways": {"mode": "all"}, "mixedEnvironments": null`

/**
 * What there was goes on as it did: keys get the default project, which was the only one, everybody reaches every server
 * through the catalog "everyone", and the tokens of operators stay those of operators.
 */
export const backfill = {
  both: [
    `insert into catalog_servers (organization_id, catalog_id, server_id)
      select s.organization_id, c.id, s.id from servers s
      join catalogs c on c.organization_id = s.organization_id where s.state = 'active'`,
    `insert into key_projects (organization_id, key_id, project_id)
      select k.organization_id, k.id, p.id from keys k
      join projects p on p.organization_id = k.organization_id and p.is_default = 1`,
    `update management_tokens set carries_operator = 1 where scopes like '%"*"%' and exists (
      select 1 from members m where m.organization_id = management_tokens.organization_id
      and m.id = management_tokens.member_id and m.is_operator = 1)`,
  ],
  sqlite: [
    `insert into catalogs (organization_id, id, slug, name, everyone, joined_by_new, created_at, revision)
      select id, 'cat_' || hex(randomblob(8)), 'everyone', 'Everyone', 1, 1, created_at, 1 from organizations`,
    `update keys set revision = revision + 1, scope = json_patch(
      json_set(scope, '$.projects', json((select json_group_array(p.id) ${firstProject})), '$.mcp.tools', json('{}'),
        '$.mcp.toolsDefault', json('{"mode":"all"}'), '$.mixedEnvironments', null),
      '{${newRights.replace(', "mixedEnvironments": null', '')}}')`,
  ],
  postgres: [
    `insert into catalogs (organization_id, id, slug, name, everyone, joined_by_new, created_at, revision)
      select id, 'cat_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 16), 'everyone', 'Everyone', 1, 1,
        created_at, 1 from organizations`,
    `update keys set revision = revision + 1, scope = (scope::jsonb || '{${newRights}}'::jsonb
      || jsonb_build_object('projects', (select coalesce(jsonb_agg(p.id), '[]'::jsonb) ${firstProject}), 'mcp',
        (scope::jsonb -> 'mcp') || '{"tools": {}, "toolsDefault": {"mode": "all"}}'::jsonb))::text`,
  ],
} as const
