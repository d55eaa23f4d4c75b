import { useState } from 'react'
import type { WebhookPatch, WebhookView } from '../../src/webhooks/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'
import { type Fields, isComplete, WebhookFields } from './WebhookFields.tsx'

const t = translator(texts)

type Props = { readonly webhook: WebhookView; readonly onClose: () => void }

export function EditWebhook({ webhook, onClose }: Props) {
  // What is edited is what somebody saw when the dialog was opened, also when the page reads it anew meanwhile.
  const [{ id, revision }] = useState(webhook)
  const [fields, setFields] = useState<Fields>(webhook)
  const { change, isRunning, refusal } = useChange({
    run: (body: WebhookPatch) => ask(`PATCH /webhooks/${id}`, { body, revision }),
    refreshes: ['webhooks'],
    said: t('saved'),
    done: onClose,
  })
  const { name, url, format, events } = fields
  const body = { name: name.trim() || null, url: url.trim(), format, events: [...events] }
  return (
    <FormDialog
      title={t('editTitle')}
      submit={t('save')}
      onClose={onClose}
      onSubmit={() => void change(body)}
      isRunning={isRunning}
      isReady={isComplete(fields)}
      refusal={refusal}
    >
      <WebhookFields fields={fields} put={(patch) => setFields({ ...fields, ...patch })} refusal={refusal} />
    </FormDialog>
  )
}
