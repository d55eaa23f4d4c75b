import { Text } from '@mantine/core'
import type { ManagementTokenView } from '../../../src/people/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly token: ManagementTokenView; readonly onClose: () => void }

export const RevokeToken = ({ token: { id, name }, onClose }: Props) => (
  <ConfirmChange
    title={t('revokeTitle')}
    text={t('revokeText', { name })}
    submit={t('revoke')}
    isDangerous
    run={() => ask(`DELETE /management-tokens/${id}`)}
    refreshes={['management-tokens']}
    said={t('revokedSaid', { name })}
    done={onClose}
    onClose={onClose}
  >
    <Text size="sm" c="dimmed">
      {t('revokeConsequence')}
    </Text>
  </ConfirmChange>
)
