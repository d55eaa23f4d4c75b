import type { IdentityProviderView } from '../../../src/people/identity-providers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly provider: IdentityProviderView; readonly onClose: () => void }

export const DeleteProvider = ({ provider: { id, name, revision }, onClose }: Props) => (
  <ConfirmChange
    title={t('deleteTitle')}
    text={t('deleteText', { name })}
    submit={t('delete')}
    isDangerous
    run={() => ask(`DELETE /identity-providers/${id}`, { revision })}
    refreshes={['identity-providers', 'sessions']}
    said={t('deletedSaid', { name })}
    done={onClose}
    onClose={onClose}
  />
)
