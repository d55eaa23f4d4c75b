import type { Resource } from '../../../src/people/schema.ts'

/** The names of a record, in its order. */
export const resourcesOf = (record: Readonly<Record<Resource, unknown>>): readonly Resource[] =>
  Object.keys(record).filter((name): name is Resource => name in record)
