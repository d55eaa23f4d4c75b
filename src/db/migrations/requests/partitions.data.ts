/**
 * On PostgreSQL the log is parted by weeks. Units of work may not create or drop tables, so two routines do it in the
 * name of the tables' owner; `ostiary_system` alone may call them. They take numbers, no names. What is in no week lies
 * in `requests_rest`, so that no call is ever refused for its time.
 *
 * Nobody has a grant on a partition: it is read and written through its parent, under the parent's policies. Its own
 * policies are the second net.
 */
export const partitions: readonly string[] = [
  'create table requests_rest partition of requests default',
  `create function requests_guard_partition(part text) returns void language plpgsql
    set search_path from current as $guard$
  begin
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
    execute format('create policy %I on %I to ostiary_app using (organization_id = current_setting(''ostiary.org'', true))
      with check (organization_id = current_setting(''ostiary.org'', true))', part || '_of_one_organization', part);
    execute format('create policy %I on %I to ostiary_system using (true) with check (true)', part || '_of_all', part);
    execute format('revoke all on %I from public, ostiary_app, ostiary_system', part);
  end $guard$`,
  "select requests_guard_partition('requests_rest')",
  `create function requests_add_partition(week bigint) returns boolean language plpgsql security definer
    set search_path from current as $add$
  declare
    week_ms constant bigint := 604800000;
    part text := 'requests_week_' || week;
  begin
    -- Another control may do the same at this moment.
    perform pg_advisory_xact_lock(1869837417, 2);
    if week < 0 or week > 200000 or to_regclass(quote_ident(part)) is not null then
      return false;
    end if;
    perform set_config('lock_timeout', '1000', true);
    execute format('create table %I (like requests including defaults including constraints including indexes)', part);
    -- What came before its week was made lies in the rest: it moves, or the week could not be attached.
    alter table requests_rest no force row level security;
    execute format('with moved as (delete from requests_rest where at >= %s and at < %s returning *)
      insert into %I select * from moved', week * week_ms, (week + 1) * week_ms, part);
    alter table requests_rest force row level security;
    execute format('alter table requests attach partition %I for values from (%s) to (%s)',
      part, week * week_ms, (week + 1) * week_ms);
    perform requests_guard_partition(part);
    return true;
  end $add$`,
  `create function requests_drop_partitions(before bigint) returns bigint language plpgsql security definer
    set search_path from current as $drop$
  declare
    part record;
    dropped bigint := 0;
  begin
    perform pg_advisory_xact_lock(1869837417, 2);
    -- A drop waits for who reads, and everybody else behind it: it had better come again.
    perform set_config('lock_timeout', '1000', true);
    for part in
      select c.relname as name, substr(c.relname, 15)::bigint as week
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = to_regclass('requests') and c.relname ~ '^requests_week_[0-9]{1,6}$'
    loop
      if (part.week + 1) * 604800000 <= before then
        execute format('drop table %I', part.name);
        dropped := dropped + 1;
      end if;
    end loop;
    return dropped;
  end $drop$`,
  // Left out, temporary tables come first: whoever calls could put one of his in the place of ours.
  `do $path$ begin
    execute format('alter function requests_guard_partition(text) set search_path = %I, pg_temp', current_schema());
    execute format('alter function requests_add_partition(bigint) set search_path = %I, pg_temp', current_schema());
    execute format('alter function requests_drop_partitions(bigint) set search_path = %I, pg_temp', current_schema());
  end $path$`,
  'revoke all on routine requests_guard_partition(text) from public',
  'revoke all on routine requests_add_partition(bigint) from public',
  'revoke all on routine requests_drop_partitions(bigint) from public',
  'grant execute on routine requests_add_partition(bigint) to ostiary_system',
  'grant execute on routine requests_drop_partitions(bigint) to ostiary_system',
]
