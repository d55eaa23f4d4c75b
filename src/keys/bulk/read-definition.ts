import { ok, type Result, refuse } from '../../problems.ts'
import { NewKey } from '../schema.ts'
import type { Failure } from '../scope.ts'
import { Exported } from './definition.ts'

const Definition = NewKey.extend({ exported: Exported.optional() })

/** Pure: one key of an import, as the body of POST /keys that it stands for. */
export function readDefinition(given: unknown): Result<NewKey> {
  const parsed = Definition.safeParse(given)
  const errors = parsed.success ? [] : parsed.error.issues.flatMap((issue) => failuresOf(issue))
  if (!parsed.success)
    return refuse('invalid', { detail: 'Some of the input is not valid; see errors.', errors: errors.slice(0, 100) })
  const { exported: _, ...input } = parsed.data
  return input.ephemeral === undefined
    ? ok(input)
    : refuse('invalid', { detail: oneToken, errors: [{ pointer: '/ephemeral', detail: oneToken }] })
}

const oneToken = 'a key of one token is made when it is needed, and not imported'

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string; readonly keys?: readonly string[] }

const failuresOf = ({ path, message, keys }: Issue): Failure[] =>
  keys === undefined
    ? [{ pointer: pointerOf(path), detail: message }]
    : keys.map((key) => ({ pointer: pointerOf([...path, key]), detail: unknownField(key) }))

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

const unknownField = (name: string): string =>
  /secret|token|hash|phc|password|credential|^(api)?[-_]?key$|^value$/i.test(name)
    ? 'There is no such field: secrets are minted new, and the key of another system is never taken over.'
    : 'There is no such field.'
