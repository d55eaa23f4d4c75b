import type { KeyView } from '../../../src/keys/schema.ts'

export type Action =
  | 'edit'
  | 'rotate'
  | 'token'
  | 'deactivate'
  | 'activate'
  | 'duplicate'
  | 'replacement'
  | 'compromise'
  | 'revoke'
  | 'delete'

/** Red ones end something. */
export const isDangerous = (action: Action): boolean =>
  action === 'compromise' || action === 'revoke' || action === 'delete'

type Who = { readonly memberId: string; readonly mayWrite: boolean }
type Key = Pick<KeyView, 'status' | 'kind' | 'ephemeral' | 'honey' | 'owner'>

/** What can be done with a key as it stands (D53–D57). Whatever control would refuse for certain is not offered. */
export function actionsOf(key: Key, { memberId, mayWrite }: Who): Action[] {
  if (!mayWrite) return []
  const { status, kind, ephemeral, honey, owner } = key
  if (status === 'revoked') return [...(ephemeral ? [] : (['replacement'] as const)), 'compromise', 'delete']
  if (status === 'expired')
    return ephemeral ? ['compromise', 'delete'] : ['replacement', 'edit', 'compromise', 'revoke', 'delete']
  // A token acts for the owner of its key, so of a person's key only that person makes one.
  const isHolder = owner.type !== 'member' || owner.id === memberId
  const hasTokens = status === 'active' && kind === 'key' && !ephemeral && !honey && isHolder
  return [
    'edit',
    ...(ephemeral ? [] : (['rotate'] as const)),
    ...(hasTokens ? (['token'] as const) : []),
    ...(ephemeral ? [] : (['duplicate'] as const)),
    status === 'active' ? 'deactivate' : 'activate',
    'compromise',
    'revoke',
    'delete',
  ]
}
