import type { ChildView } from '../../../src/keys/children/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { later } from '../../ui/later.tsx'
import { EndToken } from '../children/EndToken.tsx'
import { NewToken } from '../children/NewToken.tsx'
import { DeleteKey } from '../list/DeleteKey.tsx'
import type { Action } from './actions.ts'
import { CompromiseKey } from './CompromiseKey.tsx'
import { NewClaim } from './NewClaim.tsx'
import { RotateKey } from './RotateKey.tsx'
import { SteerRotation } from './SteerRotation.tsx'
import { TurnKey } from './TurnKey.tsx'
import { WithdrawClaim } from './WithdrawClaim.tsx'

const EditKey = later(() => import('../form/EditKey.tsx').then((m) => m.EditKey))
const DuplicateKey = later(() => import('../form/DuplicateKey.tsx').then((m) => m.DuplicateKey))
const ReplaceKey = later(() => import('../form/ReplaceKey.tsx').then((m) => m.ReplaceKey))

/** What is being done with a key: one dialog at a time. */
export type Doing =
  | { readonly what: Action | 'newLink' | 'withdrawLink' | 'cut' | 'undo' }
  | { readonly what: 'endToken'; readonly child: ChildView }

type Props = {
  readonly of: KeyView
  readonly doing: Doing
  readonly onClose: () => void
  readonly onDeleted: () => void
}

export function ActionDialog({ of: key, doing, onClose, onDeleted }: Props) {
  const [one, about] = [
    { keyId: key.id, onClose },
    { of: key, onClose },
  ]
  switch (doing.what) {
    case 'edit':
      return <EditKey {...one} />
    case 'duplicate':
      return <DuplicateKey {...one} />
    case 'replacement':
      // Only what was revoked has a replacement; of what has expired the same key is made anew.
      return key.status === 'revoked' ? <ReplaceKey {...one} /> : <DuplicateKey {...one} />
    case 'rotate':
      return <RotateKey {...one} />
    case 'token':
      return <NewToken {...about} />
    case 'deactivate':
      return <TurnKey {...about} verb="suspend" />
    case 'activate':
      return <TurnKey {...about} verb="resume" />
    case 'revoke':
      return <TurnKey {...about} verb="revoke" />
    case 'compromise':
      return <CompromiseKey {...about} />
    case 'delete':
      return <DeleteKey {...about} onDeleted={onDeleted} />
    case 'newLink':
      return <NewClaim {...about} />
    case 'withdrawLink':
      return <WithdrawClaim {...about} />
    case 'cut':
      return <SteerRotation {...about} verb="finish" />
    case 'undo':
      return <SteerRotation {...about} verb="undo" />
    case 'endToken':
      return <EndToken of={doing.child} onClose={onClose} />
  }
}
