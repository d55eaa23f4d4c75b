import type { AccessRequestView } from '../../src/access-requests/schema.ts'
import { useMay, useSession } from '../session/session.tsx'

export type RequestAction = 'approve' | 'refuse' | 'withdraw' | 'end'

/** What whoever looks may do with a request as it stands; nobody but an owner says yes to himself. */
export function useDeciding(): (request: AccessRequestView) => readonly RequestAction[] {
  const right = useMay()('access-requests:write')
  const { member: me } = useSession().session
  return ({ state, member, kind }) => {
    const isMine = member.id === me.id
    const decides = right === 'all'
    if (right === 'none') return []
    if (state === 'approved') return kind !== 'budget' && (decides || isMine) ? ['end'] : []
    if (state !== 'open') return []
    const isHis = decides && (!isMine || me.role === 'owner')
    return [
      ...(isHis ? (['approve'] as const) : []),
      ...(decides ? (['refuse'] as const) : []),
      ...(isMine ? (['withdraw'] as const) : []),
    ]
  }
}
