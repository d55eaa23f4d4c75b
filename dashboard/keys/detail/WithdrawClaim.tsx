import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly of: Pick<KeyView, 'id'>; readonly onClose: () => void }

export const WithdrawClaim = ({ of: { id }, onClose }: Props) => (
  <ConfirmChange
    title={t('claimWithdraw')}
    text={t('claimWithdrawText')}
    submit={t('claimWithdraw')}
    isDangerous
    run={() => ask(`DELETE /keys/${id}/claim`)}
    refreshes={['keys']}
    said={t('claimWithdrawn')}
    done={onClose}
    onClose={onClose}
  />
)
