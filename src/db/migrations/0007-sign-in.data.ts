/** How people come in, and what they ask for; texts as in 0001. */
export const tables: readonly string[] = [
  // Apart from the row of the member: what proves a person is read by sign-in alone.
  `create table sign_in_secrets (
    organization_id text not null references organizations (id) on delete restrict,
    member_id text not null,
    password_phc text,
    password_pepper_id text,
    password_set_at bigint,
    totp_blob text,
    totp_confirmed_at bigint,
    totp_last_step bigint,
    totp_draft_blob text,
    totp_draft_at bigint,
    factor_guesses integer not null default 0,
    factor_open_at bigint,
    first_sign_in_at bigint,
    last_sign_in_at bigint,
    revision bigint not null,
    primary key (organization_id, member_id),
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  `create table recovery_codes (
    organization_id text not null references organizations (id) on delete restrict,
    member_id text not null,
    code_hash text not null,
    created_at bigint not null,
    used_at bigint,
    primary key (organization_id, member_id, code_hash),
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  // One row for each organization that a browser is signed in to; they share the hash of its cookie.
  `create table sessions (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    member_id text not null,
    browser_hash text not null,
    method text not null,
    identity_provider_id text,
    second_factor_at bigint,
    address text,
    user_agent text not null,
    created_at bigint not null,
    last_used_at bigint not null,
    expires_at bigint not null,
    ended_at bigint,
    ended_why text,
    primary key (organization_id, id),
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  `create table invitations (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    member_id text not null,
    email text not null,
    role text not null,
    code_hash text not null unique,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint not null,
    accepted_at bigint,
    withdrawn_at bigint,
    mailed_at bigint,
    primary key (organization_id, id),
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  // kind: mail (the person asked), admin (somebody who may act for the person made it), host (ostiary members recover).
  `create table password_resets (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    member_id text not null,
    kind text not null check (kind in ('mail', 'admin', 'host')),
    code_hash text not null unique,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint not null,
    used_at bigint,
    withdrawn_at bigint,
    primary key (organization_id, id),
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  `create table identity_providers (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    slug text not null,
    name text not null,
    issuer text not null,
    client_id text not null,
    client_secret_blob text,
    settings text not null,
    state text not null check (state in ('active', 'disabled', 'deleted')),
    created_at bigint not null,
    created_by text not null,
    revision bigint not null,
    primary key (organization_id, id),
    unique (organization_id, slug)
  )`,
  `create table identities (
    organization_id text not null references organizations (id) on delete restrict,
    identity_provider_id text not null,
    subject text not null,
    member_id text not null,
    created_at bigint not null,
    last_used_at bigint not null,
    primary key (organization_id, identity_provider_id, subject),
    foreign key (organization_id, identity_provider_id) references identity_providers (organization_id, id) on delete restrict,
    foreign key (organization_id, member_id) references members (organization_id, id) on delete restrict
  )`,
  // Deleted by whoever comes back with its state, so that a state works once.
  `create table sign_in_attempts (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    identity_provider_id text not null,
    state_hash text not null unique,
    browser_hash text not null,
    nonce text not null,
    verifier_blob text not null,
    return_to text not null,
    created_at bigint not null,
    expires_at bigint not null,
    primary key (organization_id, id),
    foreign key (organization_id, identity_provider_id) references identity_providers (organization_id, id) on delete restrict
  )`,
  // subject_id: the server, provider or budget that is asked for. target: the key that is to have it, or the member;
  // owner_id: whose the key was when that was asked for, or the member.
  `create table access_requests (
    organization_id text not null references organizations (id) on delete restrict,
    id text not null unique,
    member_id text not null,
    member_name text not null,
    target_type text not null check (target_type in ('key', 'member')),
    target_id text not null,
    target_name text not null,
    owner_id text not null,
    kind text not null check (kind in ('server', 'tool', 'provider', 'model', 'budget')),
    subject_id text not null,
    subject_name text not null,
    part text,
    nano_usd bigint,
    reason text not null,
    state text not null check (state in ('open', 'approved', 'refused', 'withdrawn', 'ended')),
    created_at bigint not null,
    decided_at bigint,
    decided_by text,
    decided_by_name text,
    decision_reason text,
    until bigint,
    ended_at bigint,
    revision bigint not null,
    primary key (organization_id, id)
  )`,
]

export const columns: readonly string[] = [
  'alter table members add column deactivated_at bigint',
  'alter table keys add column suspended_for text',
  'alter table servers add column managed_by text',
  'alter table providers add column managed_by text',
  'alter table catalogs add column managed_by text',
  'alter table teams add column managed_by text',
  'alter table projects add column managed_by text',
  'alter table organizations add column managed_by text',
]

export const indexes: readonly string[] = [
  'create index sessions_browser on sessions (browser_hash)',
  'create index sessions_member on sessions (organization_id, member_id, ended_at)',
  'create index sessions_expiry on sessions (expires_at)',
  'create index members_address on members (email)',
  'create index invitations_member on invitations (organization_id, member_id)',
  'create index password_resets_member on password_resets (organization_id, member_id)',
  'create index identities_member on identities (organization_id, member_id)',
  'create index sign_in_attempts_expiry on sign_in_attempts (expires_at)',
  'create index access_requests_state on access_requests (organization_id, state, created_at, id)',
  'create index access_requests_target on access_requests (organization_id, target_id, state)',
  // An address stays taken while its member is deactivated.
  'drop index members_live_email',
  "create unique index members_live_email on members (organization_id, email) where state <> 'removed'",
]

/** Tables whose rows belong to one organization. */
export const tenantTables: readonly string[] = [
  'sign_in_secrets',
  'recovery_codes',
  'sessions',
  'invitations',
  'password_resets',
  'identity_providers',
  'identities',
  'sign_in_attempts',
  'access_requests',
]
