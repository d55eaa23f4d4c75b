import { useState } from 'react'
import type { NewWebhook, WebhookView } from '../../src/webhooks/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { FormDialog } from '../ui/Dialog.tsx'
import { useChange } from '../ui/useChange.ts'
import { SigningSecret } from './SigningSecret.tsx'
import { texts } from './texts.data.ts'
import { type Fields, isComplete, WebhookFields } from './WebhookFields.tsx'

const t = translator(texts)

export type AddedWebhook = { readonly webhook: WebhookView; readonly secret?: string }
type Props = { readonly onClose: () => void; readonly onDone: (webhook: WebhookView) => void }

/** The form, and then the secret that this one answer holds. */
export function AddWebhook({ onClose, onDone }: Props) {
  const [fields, setFields] = useState<Fields>({ name: '', url: '', format: 'standard', events: ['key.*'] })
  const [added, setAdded] = useState<AddedWebhook | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (body: NewWebhook, idempotencyKey) => ask<AddedWebhook>('POST /webhooks', { body, idempotencyKey }),
    refreshes: ['webhooks'],
    done: setAdded,
  })
  if (added) return <SigningSecret added={added} onDone={() => onDone(added.webhook)} />
  const { name, url, format, events } = fields
  const body = { url: url.trim(), format, events: [...events], ...(name.trim() === '' ? {} : { name: name.trim() }) }
  return (
    <FormDialog
      title={t('createTitle')}
      submit={t('create')}
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
