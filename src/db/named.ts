import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import type { Tables } from './tables.ts'

/** Of any table with these columns. */
const is = expressionBuilder<Tables, 'teams'>()

/**
 * Live rows of the organization by id or slug; at most 500 names. The organization stands in each branch and not beside
 * them, and "live" in two spellings: else SQLite reads the whole organization through an index that knows no more than
 * that, and so does PostgreSQL through one of live rows that it has not counted yet.
 */
export const liveNamed = (organizationId: string, names: readonly string[]): Expression<SqlBool> =>
  is.or([
    is.and([is('organization_id', '=', organizationId), is('id', 'in', names), is('state', '!=', 'deleted')]),
    is.and([is('organization_id', '=', organizationId), is('slug', 'in', names), is('state', '=', 'active')]),
  ])

/** The same of rows that are really deleted. */
export const named = (organizationId: string, names: readonly string[]): Expression<SqlBool> =>
  is.or([
    is.and([is('organization_id', '=', organizationId), is('id', 'in', names)]),
    is.and([is('organization_id', '=', organizationId), is('slug', 'in', names)]),
  ])
