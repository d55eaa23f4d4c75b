import { Text } from '@mantine/core'
import type { WebhookView } from '../../src/webhooks/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly webhook: WebhookView; readonly onClose: () => void; readonly onDeleted: () => void }

export const DeleteWebhook = ({ webhook: { id, name, revision }, onClose, onDeleted }: Props) => (
  <ConfirmChange
    title={t('deleteTitle')}
    text={t('deleteText', { name })}
    submit={t('delete')}
    isDangerous
    run={() => ask(`DELETE /webhooks/${id}`, { revision })}
    refreshes={[]}
    said={t('deleted')}
    done={onDeleted}
    onClose={onClose}
  >
    <Text size="sm">{t('deleteMore')}</Text>
  </ConfirmChange>
)
