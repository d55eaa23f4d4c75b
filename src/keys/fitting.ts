import type { Failure } from './scope.ts'
import type { StoredKey } from './store.ts'

/**
 * Pure: what cannot stand in one key. A URL stands in logs and histories, so its key opens tools and no budgets of
 * models; a decoy is never admitted, so nothing is made for its use; a key of one token ends with it.
 */
export function misfitsOf({ record, rotation, ephemeral }: StoredKey): Failure[] {
  const { tokenKind, scope, honey, pin } = record
  const isUrl = tokenKind === 'u'
  const rules: readonly (readonly [boolean, Failure['pointer'], string])[] = [
    [isUrl && scope.llm.enabled, '/llm', 'a URL key calls MCP servers only'],
    [!isUrl && pin !== null, '/pinNetwork', 'is for URL keys'],
    [honey && rotation !== null, '/rotation', 'a honey key is never used, so it is not rotated'],
    [ephemeral && rotation !== null, '/rotation', 'an ephemeral key ends with its token'],
    [ephemeral && honey, '/ephemeral', 'a honey key has no tokens'],
    [ephemeral && isUrl, '/ephemeral', 'a URL key has no tokens of its own'],
  ]
  return rules.flatMap(([isBroken, pointer, detail]) => (isBroken ? [{ pointer, detail }] : []))
}
