import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'
import type { UpstreamProps } from './upstream.ts'

const t = translator(texts)

type Props = UpstreamProps & { readonly text: string; readonly onClose: () => void }

export const RemoveCredential = ({ kind, of: { id, name, revision }, text, onClose }: Props) => (
  <ConfirmChange
    title={t('credentialTitle', { name })}
    text={text}
    submit={t('removeCredential')}
    isDangerous
    run={() => ask(`PATCH /${kind}/${id}`, { body: { credential: null }, revision })}
    refreshes={[kind]}
    said={t('credentialRemoved')}
    done={onClose}
    onClose={onClose}
  />
)
