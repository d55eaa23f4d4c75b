import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/** A secret to look for, in every form in which it could lie around without being seen at a glance. */
export type Canary = { readonly name: string; readonly value: string }

const formsOf = (value: string): string[] => {
  const bytes = Buffer.from(value)
  // Base64 shifts with the position of the text: three forms, without the characters that the neighbours decide.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift ? 4 : 0, -2),
  )
  return [
    value,
    bytes.toString('hex'),
    bytes.toString('utf16le'),
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

/** Of a token the part that nobody may see; its id and prefix are public. */
export const canaryOf = (name: string, token: string): Canary => ({
  name,
  value: token.split('_')[2]?.slice(0, 40) ?? token,
})

/** Names of the canaries that the text holds in any form. */
export function found(canaries: readonly Canary[], text: string | Buffer): string[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return canaries.filter(({ value }) => formsOf(value).some((form) => bytes.includes(form))).map(({ name }) => name)
}

/** Every file below the folder, the database and its write-ahead log included. */
export async function foundInFolder(canaries: readonly Canary[], folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const hits = await Promise.all(
    files.map(async (file) =>
      found(canaries, await readFile(file)).map((name) => `${name} in ${file.slice(folder.length + 1)}`),
    ),
  )
  return hits.flat()
}

/** Every row of every table, as the database prints it. */
export async function foundInPostgres(canaries: readonly Canary[], url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      "select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'",
    )
    const hits: string[] = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`)
      hits.push(...found(canaries, rows.map(({ row }) => row).join('\n')).map((canary) => `${canary} in ${name}`))
    }
    return hits
  } finally {
    await client.end()
  }
}
