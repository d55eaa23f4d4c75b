import { indexes, tables, tenantTables } from './0001-first-tables.data.ts'
import { type DialectName, type Migration, policiesOf, tableIn } from './dialect.ts'

/**
 * Why: the first release. Locks: nothing, all tables are new.
 * On PostgreSQL the roles and policies come with the tables: `ostiary_app` sees the one organization that its
 * transaction names, `ostiary_system` sees all; neither owns anything, so neither can switch its policy off.
 */
export const firstTables: Migration = {
  name: '0001-first-tables',
  minProgram: '0.1.0',
  statements: (dialect: DialectName) => [
    ...tables.map((text) => tableIn(dialect, text)),
    ...indexes,
    ...(dialect === 'postgres'
      ? [...roles, ...tenantTables.flatMap(policiesOf), ...installationRights, ...announcements]
      : []),
  ],
}

/**
 * Roles belong to the whole server, so another database of it may have made them, or be making them right now. A login
 * that may not create roles works too, if somebody has created them and let it set them. Where the server can tell the
 * two apart, the login may become the roles but inherits nothing: outside a unit of work it sees no row either.
 */
const roles: readonly string[] = ['ostiary_app', 'ostiary_system'].map(
  (role) => `do $$
  declare
    apart boolean := current_setting('server_version_num')::int >= 160000;
  begin
    if not exists (select 1 from pg_roles where rolname = '${role}') then
      begin
        create role ${role} nologin nosuperuser nobypassrls noinherit nocreatedb nocreaterole;
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
    if not pg_has_role(current_user, '${role}', case when apart then 'SET' else 'MEMBER' end) then
      execute format('grant ${role} to %I', current_user) || case when apart then ' with inherit false, set true' else '' end;
    end if;
    execute format('grant usage on schema %I to ${role}', current_schema());
  end $$`,
)

const installationRights: readonly string[] = [
  'grant select on installation to ostiary_app',
  'grant select, insert, update on installation to ostiary_system',
]

/**
 * Wakes the sequencers and feeds of all controls in the commit itself: no round trip more, and no writer can forget it.
 * PostgreSQL folds equal notifications of one transaction into one.
 */
const announcements: readonly string[] = [
  `create function ostiary_announce() returns trigger language plpgsql as $$
  begin
    perform pg_notify('ostiary_changes', '');
    return null;
  end $$`,
  `create trigger changes_announce after insert or update of number on changes
    for each statement execute function ostiary_announce()`,
  `create trigger audit_events_announce after insert on audit_events
    for each statement execute function ostiary_announce()`,
]
