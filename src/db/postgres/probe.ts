import { CompiledQuery } from 'kysely'
import type { Connections } from '../session.ts'

/**
 * Proves at start that row-level security is on, by a row that is rolled back: an empty table would show nothing either
 * way. A superuser's or owner's policy-free view is not what units of work run with, so the role is what is tested.
 */
export const proveIsolation = async (connections: Connections): Promise<void> => {
  const session = await connections.open({ access: 'write', as: 'owner', limitMs: null })
  const ask = (text: string) => session.query(CompiledQuery.raw(text))
  try {
    await ask('set local role ostiary_system')
    await ask(`insert into organizations (id, slug, name, is_default, max_staleness_seconds, revision, created_at)
      values (gen_random_uuid(), gen_random_uuid(), 'probe', 0, 60, 0, 0)`)
    await ask('set local role ostiary_app')
    const { rows } = await ask('select id from organizations limit 1')
    if (rows.length > 0)
      throw new Error(
        'PostgreSQL shows rows of organizations to a unit of work that named none: row-level security is off, so Ostiary does not start.',
      )
  } finally {
    await session.rollback()
  }
}
