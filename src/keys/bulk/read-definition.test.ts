import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDefinition } from './read-definition.ts'

test('whatever a definition is, it is one key or refused, with pointers into it and without its values', () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant('sk-live-0123456789abcdef'))
  const field = fc.constantFrom(
    'name',
    'kind',
    'owner',
    'mcp',
    'tags',
    'expiresAt',
    'metadata',
    'secret',
    'apiKey',
    'exported',
  )
  fc.assert(
    fc.property(fc.oneof(value, fc.dictionary(field, value)), (given) => {
      const read = readDefinition(given)
      if (read.ok) {
        expect(read.value).not.toHaveProperty('exported')
        return
      }
      expect(read.problem.code).toBe('invalid')
      for (const { pointer } of read.problem.errors ?? []) expect(pointer).toMatch(/^(\/.*)?$/s)
      expect(JSON.stringify(read.problem)).not.toContain('sk-live')
    }),
    { numRuns: 500 },
  )
})

test('a name that could be a secret is told why there is no such field', () => {
  const detailOf = (field: string) => {
    const read = readDefinition({ name: 'a', [field]: 'x' })
    return read.ok ? null : read.problem.errors?.[0]?.detail
  }
  for (const field of [
    'secret',
    'clientSecret',
    'token',
    'access_token',
    'hash',
    'phc',
    'key',
    'apiKey',
    'api_key',
    'value',
  ])
    expect(detailOf(field), field).toContain('never taken over')
  for (const field of ['id', 'preview', 'thresholds', 'monkey'])
    expect(detailOf(field), field).toBe('There is no such field.')
})
