import type { ServerView } from '../../../src/servers/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { RemoveCredential } from '../../upstreams/RemoveCredential.tsx'
import { texts } from '../texts.data.ts'
import { DeleteServer } from './DeleteServer.tsx'
import { EditServer } from './EditServer.tsx'
import { ReplaceCredential } from './ReplaceCredential.tsx'

const t = translator(texts)

type Props = { readonly server: ServerView; readonly onClose: () => void }

/** The dialog that the address says is open, for who may do what it does. */
export function ServerDialogs({ server, onClose }: Props) {
  const [url] = useUrl()
  const may = useMay()
  if (may('servers:write') === 'none' || server.managedBy !== null) return null
  const props = { server, onClose }
  switch (url['open']) {
    case 'edit':
      return <EditServer {...props} />
    case 'credential':
      return <ReplaceCredential {...props} />
    case 'no-credential':
      return <RemoveCredential kind="servers" of={server} text={t('removeCredentialText')} onClose={onClose} />
    case 'delete':
      return <DeleteServer {...props} />
    default:
      return null
  }
}
