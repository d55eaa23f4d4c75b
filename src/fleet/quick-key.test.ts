import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scopeOf } from '../../test/fake-control.ts'
import { quickKey } from './quick-key.ts'
import { KeyInFrame } from './schema.ts'

const scopes = [scopeOf(), scopeOf({ projects: [] })]
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
const version = fc.record({
  version: fc.integer({ min: 1 }),
  phc: text,
  gate: fc.integer({ min: 0, max: 0xffffffff }),
  pepperId: text,
  validUntil: fc.option(fc.maxSafeInteger()),
})
const right = fc.record({
  kind: fc.constant('key'),
  organization: text,
  id: fc.stringMatching(/^key_[0-9A-Za-z]{16}$/),
  revision: fc.maxSafeInteger(),
  tokenKind: fc.constantFrom('k', 'u'),
  name: text,
  owner: fc.record({ type: fc.constantFrom('member', 'team', 'app'), id: text, name: text }),
  state: fc.constantFrom('active', 'suspended', 'revoked', 'deleted'),
  expiresAt: fc.option(fc.maxSafeInteger()),
  scope: fc.nat(scopes.length - 1),
  maxStalenessSeconds: fc.option(fc.maxSafeInteger()),
  versions: fc.array(version, { maxLength: 3 }),
  epoch: fc.maxSafeInteger(),
  metadata: text,
  honey: fc.boolean(),
  pin: fc.option(fc.record({ network: fc.option(text) })),
})

/** As it comes out of a frame. */
const sent = (value: unknown) => JSON.parse(JSON.stringify(value)) as Readonly<Record<string, unknown>>

function bySchema(raw: unknown) {
  const { data } = KeyInFrame.safeParse(raw)
  const scope = data && scopes[data.scope]
  return scope ? { ...data, scope } : null
}

test('every key that the schema reads is read here, and alike', () => {
  fc.assert(
    fc.property(right, (raw) => {
      expect(quickKey(sent(raw), scopes)).toEqual(bySchema(raw))
      expect(quickKey(sent(raw), scopes)).not.toBeNull()
    }),
  )
})

type Path = readonly (string | number)[]
const pathsOf = (value: unknown, path: Path = []): Path[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))]

/** JSON text, so that a name like `__proto__` becomes a field as it does in a frame. */
function spoilt(
  value: unknown,
  [name, ...rest]: Path,
  change: (fields: [string, string][]) => [string, string][],
): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).map(([field, inner]): [string, string] => [
    field,
    field === String(name) ? spoilt(inner, rest, change) : JSON.stringify(inner),
  ])
  const changed = name === undefined ? change(fields) : fields
  if (Array.isArray(value)) return `[${changed.map(([, inner]) => inner)}]`
  return `{${changed.map(([field, inner]) => `${JSON.stringify(field)}:${inner}`)}}`
}

const wrong = fc.oneof(
  fc.constantFrom('null', 'true', '0', '-0', '-1', '0.5', '1e400', '4294967296', '9007199254740992', '""', '"1"', '[]'),
  fc.constantFrom('{}', '"key"', '"k"', '"all"', '"key_0000000000000000\\n"', '"key_000000000000000"', '[[]]', '[{}]'),
  fc.jsonValue().map((value) => JSON.stringify(value)),
)
const later = ['epoch', 'metadata', 'honey', 'pin']
const name = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'later', '0', 'type', 'scope', 'version'),
  fc.string(),
)

test('with anything in it replaced, left out or added, it reads what the schema reads or nothing', () => {
  let refused = 0
  const property = fc.property(
    right,
    fc.nat(),
    fc.nat(2),
    fc.nat(),
    name,
    wrong,
    (raw, where, how, at, added, value) => {
      const paths = pathsOf(raw)
      const changed = spoilt(raw, paths[where % paths.length] ?? [], (fields) => {
        const place = fields.length === 0 ? 0 : at % fields.length
        if (how === 0) return fields.filter((_, index) => index !== place)
        if (how === 1) return fields.map(([field, inner], index) => [field, index === place ? value : inner])
        return [...fields, [added, value]]
      })
      const read = quickKey(JSON.parse(changed), scopes)
      if (read === null) refused += 1
      // Null in both, too: else a frame would be read slowly and nobody would notice. Only an older control leaves these out.
      const isOlder = later.some((field) => !Object.hasOwn(JSON.parse(changed), field))
      expect(read).toEqual(isOlder ? null : bySchema(JSON.parse(changed)))
    },
  )
  fc.assert(property, { numRuns: 3000 })
  expect(refused).toBeGreaterThan(300)
})
