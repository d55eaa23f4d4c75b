import type { ProviderView } from '../../../src/providers/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { RemoveCredential } from '../../upstreams/RemoveCredential.tsx'
import { texts } from '../texts.data.ts'
import { DeleteProvider } from './DeleteProvider.tsx'
import { EditProvider } from './EditProvider.tsx'
import { ReplaceCredential } from './ReplaceCredential.tsx'

const t = translator(texts)

type Props = { readonly provider: ProviderView; readonly onClose: () => void }

/** The dialog that the address says is open, for who may do what it does. */
export function ProviderDialogs({ provider, onClose }: Props) {
  const [url] = useUrl()
  const may = useMay()
  if (may('providers:write') === 'none' || provider.managedBy !== null) return null
  const props = { provider, onClose }
  switch (url['open']) {
    case 'edit':
      return <EditProvider {...props} />
    case 'credential':
      return <ReplaceCredential {...props} />
    case 'no-credential':
      return <RemoveCredential kind="providers" of={provider} text={t('removeCredentialText')} onClose={onClose} />
    case 'delete':
      return <DeleteProvider {...props} />
    default:
      return null
  }
}
