import { Text } from '@mantine/core'
import type { AppView } from '../../src/apps/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly app: AppView; readonly onClose: () => void; readonly onDeleted: () => void }

export const DeleteApp = ({ app: { id, name, revision }, onClose, onDeleted }: Props) => (
  <ConfirmChange
    title={t('deleteTitle')}
    text={t('deleteText', { name })}
    submit={t('delete')}
    isDangerous
    run={() => ask(`DELETE /apps/${id}`, { revision })}
    refreshes={['apps', 'keys']}
    said={t('deleted', { name })}
    done={onDeleted}
    onClose={onClose}
  >
    <Text size="sm" c="dimmed">
      {t('deleteConsequence')}
    </Text>
  </ConfirmChange>
)
