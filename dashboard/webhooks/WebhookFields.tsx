import { Select, TextInput } from '@mantine/core'
import type { Format, WebhookView } from '../../src/webhooks/schema.ts'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { fieldError } from '../ui/useChange.ts'
import { EventsPicker } from './EventsPicker.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)
const formats = ['standard', 'slack', 'teams'] as const satisfies readonly Format[]

export type Fields = Pick<WebhookView, 'name' | 'url' | 'format'> & { readonly events: readonly string[] }
export const isComplete = ({ url, events }: Fields): boolean => url.trim() !== '' && events.length > 0

type Props = {
  readonly fields: Fields
  readonly put: (patch: Partial<Fields>) => void
  readonly refusal: Refusal | null
}

/** What a webhook is made of, for a new one and for one that is changed. */
export function WebhookFields({ fields, put, refusal }: Props) {
  return (
    <>
      <TextInput
        label={t('url')}
        description={t('urlHint')}
        placeholder={t('urlPlaceholder')}
        required
        data-autofocus
        value={fields.url}
        onChange={(event) => put({ url: event.currentTarget.value })}
        error={fieldError(refusal, '/url')}
        autoComplete="off"
      />
      <TextInput
        label={t('name')}
        placeholder={t('namePlaceholder')}
        value={fields.name}
        onChange={(event) => put({ name: event.currentTarget.value })}
        error={fieldError(refusal, '/name')}
        autoComplete="off"
      />
      <Select
        label={t('format')}
        description={t('formatHint')}
        data={formats.map((value) => ({ value, label: t(`format.${value}`) }))}
        value={fields.format}
        onChange={(value) => put({ format: formats.find((format) => format === value) ?? 'standard' })}
        allowDeselect={false}
        error={fieldError(refusal, '/format')}
      />
      <EventsPicker
        value={fields.events}
        onChange={(events) => put({ events })}
        error={fieldError(refusal, '/events')}
      />
    </>
  )
}
