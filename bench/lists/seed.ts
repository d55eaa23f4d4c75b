import type { Database } from '../../src/db/database.ts'
import {
  namesOfFormerKeys,
  namesOfKeys,
  numberedNames,
  partsOfNames,
} from '../../src/db/migrations/0003-names-of-keys.data.ts'

/**
 * As a restored backup would be made: the names at once at the end, not with each key. `asOwner` runs what changes tables.
 */
export async function withoutNames(
  database: Database,
  asOwner: (statement: string) => Promise<unknown>,
  work: () => Promise<void>,
): Promise<void> {
  if (database.dialect === 'postgres') {
    for (const each of ['alter table keys disable trigger user', 'drop index key_names_parts']) await asOwner(each)
    await work()
    for (const each of [namesOfFormerKeys, partsOfNames, 'alter table keys enable trigger user', 'vacuum analyze'])
      await asOwner(each)
    return
  }
  // More than the writer has otherwise: a million random places in a dozen indexes.
  for (const each of ['pragma cache_size = -600000', 'drop trigger keys_named']) await asOwner(each)
  await work()
  for (const each of [...numberedNames, keysNamed]) await asOwner(each)
}

/** As the migration makes it. */
const keysNamed = namesOfKeys.sqlite.find((text) => text.startsWith('create trigger keys_named')) ?? ''
