import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export const stores = ['sqlite', 'postgres'] as const

/** A database of its own on the server that the run started. */
export async function freshDatabase(): Promise<string> {
  const url = new URL(inject('postgresUrl'))
  const name = `product_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  url.pathname = `/${name}`
  return url.href
}
