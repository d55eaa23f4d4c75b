import type { AppView } from '../../src/apps/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import { CloneApp } from './CloneApp.tsx'
import { DeleteApp } from './DeleteApp.tsx'
import { EditApp } from './EditApp.tsx'
import { EditTools } from './EditTools.tsx'
import { RegenerateKey } from './RegenerateKey.tsx'

type Props = {
  readonly app: AppView
  readonly projectName: string
  /** As it stands in the address. */
  readonly action: string | undefined
  readonly onClose: () => void
  readonly onSaved: (effect: Effect) => void
  readonly onGone: () => void
  readonly onMade: (app: AppView) => void
}

export function AppDialogs({ app, projectName, action, onClose, onSaved, onGone, onMade }: Props) {
  switch (action) {
    case 'tools':
      return <EditTools app={app} onClose={onClose} onSaved={onSaved} />
    case 'edit':
      return <EditApp app={app} projectName={projectName} onClose={onClose} />
    case 'clone':
      return <CloneApp app={app} onClose={onClose} onMade={onMade} />
    case 'regenerate':
      return app.key === null ? null : <RegenerateKey app={app} keyId={app.key} onClose={onClose} />
    case 'delete':
      return <DeleteApp app={app} onClose={onClose} onDeleted={onGone} />
    default:
      return null
  }
}
